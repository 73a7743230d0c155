"""Classification of bursts: a learned classifier, plain rules, and the reasons given for a verdict."""

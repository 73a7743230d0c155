"""What a burst is: a learned classifier, plain rules with their reasons, and how what decided is put in words."""

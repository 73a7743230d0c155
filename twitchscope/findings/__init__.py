"""What is found in a signal, in the terms of the user: events, resting baselines, measures of a site."""

"""Findings in a signal, in the user's terms: events, resting baselines, measures of a site."""

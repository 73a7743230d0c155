"""Measures of a burst: size, onset, pieces, pulses, and the history of bursts before it."""

"""Finished sessions: reading, checking, comparison with other observers, rating."""

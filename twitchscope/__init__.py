"""Application that joins acquisition and dsp."""

__version__ = "0.1.0"

NAME = "TwitchScope"
"""Name of the program for other programs."""

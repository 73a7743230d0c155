"""The app that joins acquisition and dsp."""

__version__ = "0.1.0"

NAME = "TwitchScope"
"""What the program calls itself where others see it."""

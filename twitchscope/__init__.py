"""The app that joins acquisition and dsp."""

__version__ = "0.1.0"

"""Scrolling traces: one lane per channel, in columns of pixels."""

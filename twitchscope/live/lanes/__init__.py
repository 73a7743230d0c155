"""The running traces: one lane for each channel, in columns of pixels."""

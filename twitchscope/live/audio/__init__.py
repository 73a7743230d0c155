"""Sound: the EMG of one channel, and verdicts as tones."""

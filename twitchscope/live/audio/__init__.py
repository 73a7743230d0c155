"""What is heard: the EMG of one channel, and the verdicts as tones."""

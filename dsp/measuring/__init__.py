"""What a burst looks like, in numbers: its size, onset, pieces and pulses, and the bursts that went before it."""

"""State of the electrodes: contact and quality of each channel, and a board's self-test."""

"""What the electrodes are like: contact and quality of each channel, and what a board measures of itself."""

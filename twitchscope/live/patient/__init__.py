"""The simulated patient in the window: needled from the screen, and the truth afterwards."""

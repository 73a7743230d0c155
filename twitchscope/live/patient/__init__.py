"""Simulated patient in the window: needled from the screen, with the truth shown afterwards."""

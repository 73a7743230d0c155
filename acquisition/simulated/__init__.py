"""The simulated patient and the boards that stand in for hardware; nothing imports this package by name."""

"""Simulated Cyton on byte level: firmware, dongle, and a serial port for other programs."""

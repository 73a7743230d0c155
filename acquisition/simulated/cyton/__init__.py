"""A simulated Cyton, byte by byte: its firmware, the dongle, and the serial port behind which programs find them."""

"""Conversion of bytes to samples: framing of the serial protocol (without I/O), the serial port, and LSL streams."""

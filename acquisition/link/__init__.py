"""From bytes to samples: framing of the serial protocol and the serial port, without and with I/O."""

"""Sessions on a terminal: keys, printed lines and progress."""

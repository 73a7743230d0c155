"""A session on a terminal: keys, lines of text, progress."""

"""A running session: from the board to the recording, the journal and the events, and what goes wrong on the way."""

"""Running session: from the board to the recording, the journal and the events, including what goes wrong."""

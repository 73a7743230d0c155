"""Review window: browse a session or a recording, review its events and rate them blind. Uses Qt."""

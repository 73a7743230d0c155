"""Lab streaming layer: sends a session to other programs and takes their markers as marks."""

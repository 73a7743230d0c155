"""The lab streaming layer: a session sent to other programs, and their markers taken as marks."""

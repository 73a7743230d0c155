"""The way through a session, step by step: a state machine without Qt, and thin views of it."""

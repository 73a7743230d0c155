"""Steps of a session: a state machine without Qt, and thin views of it."""

"""How long tests wait for what must come."""

DEADLINE_S = 300.0
"""A healthy machine needs a second; a slow one that does other work beside is given its time."""

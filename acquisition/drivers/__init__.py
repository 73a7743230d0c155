"""Boards and other live sources, one module each; the registry loads them by name."""

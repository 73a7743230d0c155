"""Drivers of boards and other live sources, one module each, loaded by the registry."""

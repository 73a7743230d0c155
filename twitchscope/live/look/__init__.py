"""Colours, letters and labels that every part of the window shares."""

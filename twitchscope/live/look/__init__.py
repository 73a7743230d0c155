"""Colours, fonts and labels shared by all parts of the window."""

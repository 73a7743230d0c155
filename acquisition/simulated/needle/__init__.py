"""Needle: the script of its passes, the hand that holds it, and its tip as an electrode."""

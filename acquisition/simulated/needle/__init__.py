"""The needle: the script by which it passes, the hand that holds it, and what its tip records as an electrode."""

"""Artifacts in the signal: the mains, interpolated samples and stretches of constant value."""

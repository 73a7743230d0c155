"""Tail of the noise, false-alarm budget, and all parameters of the kernel that follow from them."""

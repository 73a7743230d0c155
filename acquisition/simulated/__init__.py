"""The simulated patient and the boards that stand in for hardware; nothing imports this package by name.

A `scenario` says what the `patient` is like; the `board`, the `recordings` and `cyton`'s wire show it. It is made of a
`muscle` and a `needle` that meet on the `stage`, of `troubles` that are no twitches, and of the `signal` on its way to
counts; `truth` keeps what really happened.
"""

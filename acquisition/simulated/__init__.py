"""The simulated patient and the boards that replace hardware; nothing imports this package by name.

A `scenario` describes the `patient`; the `board`, the `recordings` and `cyton`'s wire present it. The patient consists
of a `muscle` and a `needle` on a common `stage`, of `troubles`, which are confounders of twitches, and of the `signal`
chain to counts. `truth` records what really happened.

Each constant has its source and a grade: [C] an abstract was read, [C2] a secondary page, [M] from memory,
[D] an assumption (hardware_docs/simulator.md).
"""

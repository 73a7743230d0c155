"""Recordings in text: one reader per program, and one for any text with columns.

A reader detects the `layout` and creates a `format`: the `table` of numbers, and which of its columns are channels, a
counter or times. `recording` turns this into blocks; `timing` determines when each row was sampled.
"""

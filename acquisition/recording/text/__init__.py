"""Recordings in text: a reader for each program's files, and one for any text with columns.

A reader finds the `layout` and hands on a `format`: the `table` of numbers, and which of its columns are channels, a
counter or times. `recording` turns that into blocks; `timing` tells when each row was sampled.
"""

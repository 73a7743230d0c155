"""BDF, BDF+, EDF and EDF+: the writer of sessions, and the reader of their files and of other people's.

A file is a `header`, then `records` of samples, some of which hold notes (`tal`). What a board tells of its `channels`
becomes fields of the header and comes back out of them.
"""

"""BDF, BDF+, EDF and EDF+: the writer of sessions, and the reader of files from TwitchScope and other programs.

A file is a `header` followed by `records` of samples, some of which contain annotations (`tal`). The board's `channels`
are stored in fields of the header and restored from them.
"""

"""The compiled code once more, in plain and slow Python: what tests hold it against, and what to read first."""

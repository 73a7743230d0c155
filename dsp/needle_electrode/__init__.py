"""The needle as an electrode: its bursts and the verdict on them, and what endplates do while it is still."""

"""Boards, links and recordings: where EMG comes from, as contiguous blocks of raw counts."""

from acquisition.core import open_board

__all__ = ["open_board"]

"""Boards, links and recordings: the sources of EMG, delivered as contiguous blocks of raw counts."""

from acquisition.core import open_board
from acquisition.recording import read_recording

__all__ = ["open_board", "read_recording"]

"""Hanging disk, and boards that do not wait for it."""

import threading

import pytest

from acquisition.core import Block
from acquisition.recording import BdfWriter
from tests.patience import DEADLINE_S
from tests.twitchscope.conftest import ScriptedBoard, noise_blocks
from twitchscope.session.journal_file import JournalFile


class LiveBoard(ScriptedBoard):
    """Board that cannot wait for its subscribers."""

    keeps_time = True


class HeldDisk:
    """Disk that accepts no signal until it is released, and with `holds_journal` no journal line either."""

    holds_journal = False

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_free = threading.Event()
        write = BdfWriter.write

        def write_when_free(writer: BdfWriter, block: Block) -> None:
            assert self.is_free.wait(DEADLINE_S)
            write(writer, block)

        monkeypatch.setattr(BdfWriter, "write", write_when_free)
        write_line = JournalFile.write

        def write_line_when_free(journal: JournalFile, line: str) -> None:
            assert not self.holds_journal or self.is_free.wait(DEADLINE_S)
            write_line(journal, line)

        monkeypatch.setattr(JournalFile, "write", write_line_when_free)


class EndlessBoard(LiveBoard):
    """Board that sends noise until it is stopped."""

    def _read(self, timeout_s: float) -> Block | None:
        return noise_blocks(0.05, first_index=self.next_index)[0]

import numpy as np

from acquisition.core import Block, LinkError, held_block
from acquisition.core.board import MAX_HELD_SAMPLES
from tests.twitchscope.conftest import ScriptedBoard, noise_blocks
from twitchscope.session.notes import SessionNotes
from twitchscope.session.stream import LONGEST_QUEUE_S, QUEUE_BLOCKS_OFFLINE, Stream, Subscription


def test_every_subscriber_gets_every_block() -> None:
    blocks = noise_blocks(1.0)
    board = ScriptedBoard(blocks)
    board.open()
    stream = Stream(board)
    first, second = stream.subscribe(), stream.subscribe()
    stream.start()
    seen = [list(first), list(second)]
    stream.join()
    for got in seen:
        assert np.array_equal(np.concatenate([b.counts for b in got]), np.concatenate([b.counts for b in blocks]))
    assert stream.error is None
    assert board.n_stops == 1


def test_the_last_block_is_cut_at_the_asked_length() -> None:
    board = ScriptedBoard(noise_blocks(1.0, block_samples=64))
    board.open()
    stream = Stream(board, n_samples=100)
    blocks = stream.subscribe()
    stream.start()
    assert [block.n_samples for block in blocks] == [64, 36]
    stream.join()


def test_a_board_that_fails_ends_the_stream_with_its_reason() -> None:
    board = ScriptedBoard(noise_blocks(0.1), failure=LinkError("unplugged"))
    board.open()
    stream = Stream(board)
    blocks = stream.subscribe()
    stream.start()
    assert sum(block.n_samples for block in blocks) == 100
    stream.join()
    assert isinstance(stream.error, LinkError)


def test_stop_ends_an_endless_board() -> None:
    class Endless(ScriptedBoard):
        def _read(self, timeout_s: float):
            return noise_blocks(0.05, first_index=self._next_index)[0]

    board = Endless([])
    board.open()
    stream = Stream(board)
    blocks = iter(stream.subscribe())
    stream.start()
    next(blocks)
    stream.stop()
    assert sum(1 for _ in blocks) < 1000
    stream.join()


def test_a_subscriber_that_goes_away_does_not_keep_the_reading_waiting() -> None:
    board = ScriptedBoard(noise_blocks(QUEUE_BLOCKS_OFFLINE * 0.1))
    board.open()
    stream = Stream(board)
    gone, stays = stream.subscribe(), stream.subscribe()
    stream.start()
    next(iter(gone))
    gone.cancel()
    assert sum(block.n_samples for block in stays) == QUEUE_BLOCKS_OFFLINE * 100
    stream.join()


def test_an_absence_of_any_length_is_handed_on_to_a_subscriber_that_keeps_up() -> None:
    """At 250 Hz each of its blocks is longer than the signal that may wait."""
    longest = round(LONGEST_QUEUE_S * 250.0)
    assert longest < MAX_HELD_SAMPLES
    subscription = Subscription(0, longest)
    last_counts, last_aux = np.zeros(4, np.int32), np.zeros(1, np.int32)
    for n in range(3):
        subscription.put(held_block(n * MAX_HELD_SAMPLES, MAX_HELD_SAMPLES, last_counts, last_aux, 0.0))
    (signal,) = noise_blocks(1.0, block_samples=1000, first_index=3 * MAX_HELD_SAMPLES)
    n_fitting = longest // 1000
    for _ in range(n_fitting + 2):
        subscription.put(signal)
    assert subscription.n_skipped == 2000, "signal on top of what may wait still is"
    subscription.put(None)
    assert [block.n_lost for block in subscription] == 3 * [MAX_HELD_SAMPLES] + n_fitting * [0]


def test_every_one_hears_the_end_and_the_board_stops_whoever_fails_on_it() -> None:
    ended: list[str] = []

    def fail_at_the_end(block: Block | None) -> None:
        if block is None:
            ended.append("fails")
            raise ZeroDivisionError("probe")

    board = ScriptedBoard(noise_blocks(0.1))
    board.open()
    stream = Stream(board)
    stream.add_sink(fail_at_the_end)
    stream.add_sink(lambda block: ended.append("sink") if block is None else None)
    blocks = stream.subscribe()
    stream.start()
    assert sum(block.n_samples for block in blocks) == 100
    stream.join()
    assert ended == ["fails", "sink"]
    assert board.n_stops == 1
    assert isinstance(stream.error, ZeroDivisionError)


def test_a_board_whose_stop_fails_in_a_way_of_its_own_ends_the_stream_with_that() -> None:
    class Unplugged(ScriptedBoard):
        def _stop(self) -> None:
            self.notes.append("told at its stop")
            raise OSError(5, "the port is gone")

    board = Unplugged(noise_blocks(0.1))
    board.open()
    told: list[str] = []
    notes = SessionNotes(board)
    notes.subscribe("a test", told.append)
    stream = Stream(board, notes=notes)
    blocks = stream.subscribe()
    stream.start()
    assert sum(block.n_samples for block in blocks) == 100
    stream.join()
    assert isinstance(stream.error, OSError)
    assert told == ["told at its stop"]

"""Notes on a session, from any source: complete, in order, each passed on as it is added."""

import threading

from tests.twitchscope.conftest import ScriptedBoard
from twitchscope.session.notes import SessionNotes


def test_what_a_board_says_comes_between_what_others_say_and_before_what_they_say_later() -> None:
    with ScriptedBoard([]) as board:
        board.notes.append("at its opening")
        notes, told = SessionNotes(board), list[str]()
        notes.subscribe("a test", told.append)
        notes.say("one")
        board.notes.append("the board is away")
        assert notes.all() == ["at its opening", "one", "the board is away"], "though nobody has taken it over yet"
        assert told == ["one"]
        notes.say("two")
        board.notes.append("the board is back")
        notes.follow_board()
        notes.follow_board()
    assert told == ["one", "the board is away", "two", "the board is back"], "not what it said at its opening"
    assert notes.all() == ["at its opening", *told]
    assert board.notes == ["at its opening", "the board is away", "the board is back"], "its own, and left to it"
    assert notes.n_of_board == 3


def test_a_listener_may_say_something_in_turn() -> None:
    def answer(note: str) -> None:
        told.append(note)
        if note == "one":
            notes.say("two")

    with ScriptedBoard([]) as board:
        notes, told = SessionNotes(board), list[str]()
        notes.subscribe("a test", answer)
        notes.say("one")
    assert told == notes.all() == ["one", "two"]


def test_whichever_threads_say_something_each_note_is_kept_and_reported_once() -> None:
    with ScriptedBoard([]) as board:
        notes, told = SessionNotes(board), list[str]()
        notes.subscribe("a test", told.append)

        def say(who: int) -> None:
            for number in range(200):
                board.notes.append(f"board {who} {number}")
                notes.say(f"app {who} {number}")

        threads = [threading.Thread(target=say, args=(who,)) for who in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(told) == len(set(told)) == 1600
        assert sorted(told) == sorted(notes.all())

"""During a session threads take brief turns, and earlier objects are excluded from garbage collection."""

import gc
import sys

from twitchscope.session.thread_turns import TURN_S, brief_turns


def test_turns_are_brief_and_what_was_there_is_left_alone_until_the_end() -> None:
    before_s, n_frozen = sys.getswitchinterval(), gc.get_freeze_count()
    with brief_turns():
        assert sys.getswitchinterval() <= 1.001 * TURN_S
        assert gc.get_freeze_count() > n_frozen
    assert sys.getswitchinterval() == before_s
    assert gc.get_freeze_count() == 0

"""Truth about a simulated patient compared with the verdicts."""

from typing import Any

from acquisition.core import ContractsByHand, KnowsTruth, NeedledByHand, make_board
from dsp import TwitchEvent
from tests.twitchscope.events import event
from twitchscope.findings.detection import Detection
from twitchscope.findings.event import Event
from twitchscope.live.patient.reveal import Jab, header, reveal

JAB_EVERY_S = 1.0
FIRST_JAB_S, LAST_S = 12.0, 45.0


def _twitch(contact_s: float, snr_db: float) -> dict[str, Any]:
    return {"contact_s": contact_s, "onset_s": contact_s + 0.02, "snr_db": snr_db, "peak_uv": 40.0, "grade": "medium"}


def test_every_pass_has_its_answer_what_the_skin_showed_and_what_was_reported() -> None:
    truth = {
        "twitches": [_twitch(10.0, 25.0), _twitch(12.0, 4.0), _twitch(13.0, 25.0)],
        "needle_contacts": [10.0, 11.0, 12.0, 13.0, 14.0],
        "confounders": [],
    }
    events = [
        event(10.021),
        event(13.02, "heartbeat"),
        event(13.05, "voluntary"),
        event(20.0),
    ]
    jabs = [Jab(9.8, 14.0, 1.0), Jab(10.9, 9.0, -2.0), Jab(13.9, 11.0, 0.0)]
    revealed = reveal(truth, events, jabs)
    rows = [one.row() for one in revealed.passes]
    assert all(len(row) == len(header()) for row in rows)
    assert [row[2] for row in rows] == ["twitch", "–", "twitch", "twitch", "–"]
    assert [row[1] for row in rows] == [
        "14 mm deep, 1 mm beside",
        "9 mm deep, 2 mm beside",
        "",
        "",
        "11 mm deep, 0 mm beside",
    ]
    assert [one.label for one in revealed.passes] == ["twitch", None, None, "voluntary", None]
    assert [one.is_shown for one in revealed.passes] == [True, False, False, True, False]
    assert "hidden in the noise" in rows[2][3]
    assert rows[2][4] == "nothing"
    assert list(revealed.false_s) == [20.0]
    assert revealed.text() == (
        "5 passes, 3 of them answered by a twitch. The skin did not show 1 of these. The detector confirmed 1 of 3, "
        "and 1 where there was none."
    )


def test_a_patient_who_is_needled_by_hand_tells_the_truth_afterwards() -> None:
    events: list[Event] = []
    jabs: list[Jab] = []
    with make_board(f"simulated:?seed=3&rate=1000&channels=4&scenario=by_hand&speed=0&seconds={LAST_S}") as board:
        assert isinstance(board, NeedledByHand)
        assert isinstance(board, KnowsTruth)
        assert isinstance(board, ContractsByHand)
        detection = Detection(board.info)
        board.start()
        while (block := board.read()) is not None:
            found = detection.process(block)
            events += [detection.detected_event(one) for one in found if isinstance(one, TwitchEvent)]
            now_s = block.end_index / 1000.0
            if now_s >= FIRST_JAB_S + len(jabs) * JAB_EVERY_S:
                jabs.append(Jab(now_s, board.locus_depth_mm, 0.0))
                board.needle(board.locus_depth_mm, 0.0)
        revealed = reveal(board.true_events(), events, jabs)
    assert len(revealed.passes) in (len(jabs), len(jabs) - 1), "the last one may come behind the end"
    assert all(one.jab is not None for one in revealed.passes)
    answered = [one for one in revealed.passes if one.twitch is not None]
    assert answered
    assert any(one.label == "twitch" for one in answered)


def test_a_patient_contracts_on_request() -> None:
    with make_board("simulated:?seed=3&rate=1000&channels=4&scenario=by_hand&speed=0&seconds=10") as board:
        assert isinstance(board, ContractsByHand)
        assert isinstance(board, KnowsTruth)
        board.start()
        is_told = False
        while (block := board.read()) is not None:
            if block.end_index >= 5000 and not is_told:
                is_told = True
                board.contract()
        (contraction,) = [one for one in board.true_events()["confounders"] if one["kind"] == "voluntary"]
    assert 4.9 <= contraction["start_s"] <= 5.5

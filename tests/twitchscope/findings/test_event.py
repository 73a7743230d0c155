"""Event as written to files, and as read again."""

import json
from dataclasses import fields

import pytest

from acquisition.core import RecordingError
from tests.twitchscope.events import event
from twitchscope.findings.event import Event
from twitchscope.storage.fields import Fields

LINE = (
    '{"onset_s": 2.0, "offset_s": 2.06, "label": "twitch", "confidence": 0.9, "reasons": ["brief"], "channel": "A", '
    '"channels": ["A", "B"], "peak_uv": 80.0, "rms_uv": 20.0, "snr_db": 26.0, "grade": "medium", "latency_ms": null, '
    '"onset_uncertainty_ms": null, "over_floor": false}'
)


def _read(**line: object) -> Event:
    return Event.from_json(Fields("line 1 of events.jsonl", line))


def test_a_journal_has_its_keys_in_their_order() -> None:
    assert json.dumps(event(channels=("A", "B")).to_json()) == LINE


def test_what_is_written_is_read_again() -> None:
    written = event(3.5, "artifact", channels=("A", "B"), latency_ms=40.0, over_floor=True, feedback_shown=False)
    read = _read(**written.to_json(), feedback_shown=False)
    for field in fields(Event):
        assert getattr(read, field.name) == getattr(written, field.name), field.name


def test_what_a_journal_does_not_tell_is_not_known() -> None:
    read = _read(onset_s=3, offset_s=1.0, label="twitch")
    assert (read.onset_s, read.offset_s) == (3.0, 3.0), "none ends before it begins"
    assert (read.confidence, read.peak_uv, read.snr_db, read.latency_ms, read.over_floor) == (None,) * 5
    assert (read.reasons, read.channel, read.channels, read.grade, read.feedback_shown) == ((), "", (), "", True)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({}, "line 1 of events.jsonl states no onset_s"),
        ({"onset_s": "soon"}, "line 1 of events.jsonl: onset_s is 'soon', expected a number"),
        ({"onset_s": 1.0, "peak_uv": []}, "line 1 of events.jsonl: peak_uv is [], expected a number"),
        ({"onset_s": 1.0, "reasons": "brief"}, "line 1 of events.jsonl: reasons is 'brief', expected a list"),
        ({"onset_s": 1.0, "over_floor": 1}, "line 1 of events.jsonl: over_floor is 1, expected true or false"),
    ],
)
def test_what_is_no_event_is_refused_in_one_sentence(line: dict[str, object], said: str) -> None:
    with pytest.raises(RecordingError) as refused:
        _read(**line)
    assert str(refused.value).startswith(said)
    assert "\n" not in str(refused.value)

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquisition.recording import Annotation
from acquisition.recording.bdf.tal import (
    EMPTY_TEXT,
    MAX_TEXT_BYTES,
    clean_text,
    encode_annotation,
    lone_record_onset_s,
    parse_tals,
    record_onset_tal,
    shorten,
)


def parsed(raw: bytes) -> list[tuple[float, float, str]]:
    return [(note.onset_s, note.duration_s, note.text) for note in parse_tals(raw)]


def test_an_annotation_is_written_as_the_specification_shows_it():
    assert encode_annotation(Annotation(180.0, 0.5, "Lights off")) == b"+180\x150.5\x14Lights off\x14\x00"


def test_a_moment_has_no_duration():
    assert encode_annotation(Annotation(1.25, 0.0, "tap")) == b"+1.25\x14tap\x14\x00"


def test_an_onset_before_the_start_has_a_minus():
    assert encode_annotation(Annotation(-0.5, 0.0, "x")) == b"-0.5\x14x\x14\x00"


def test_an_onset_just_before_the_start_is_no_minus_zero():
    assert encode_annotation(Annotation(-1e-9, 0.0, "x")) == b"+0\x14x\x14\x00"


def test_the_start_of_a_record_is_exact():
    assert record_onset_tal(7 * Fraction("0.203125")) == b"+1.421875\x14\x14\x00"
    assert record_onset_tal(Fraction(0)) == b"+0\x14\x14\x00"
    assert record_onset_tal(Fraction(100)) == b"+100\x14\x14\x00"


def test_control_characters_cannot_end_a_text():
    raw = encode_annotation(Annotation(1.0, 0.0, "a\x14b\x00c\x15d\ne\x7f\x85f"))
    assert parsed(raw) == [(1.0, 0.0, "abcdef")]


def test_a_text_of_nothing_is_no_record_keeping():
    assert parsed(encode_annotation(Annotation(1.0, 0.0, "\x00\n"))) == [(1.0, 0.0, EMPTY_TEXT)]


def test_a_long_text_is_shortened_between_two_words_and_stays_one_annotation():
    text = "spürbar and deep · " * 100
    ((onset_s, duration_s, kept),) = parsed(encode_annotation(Annotation(3.0, 1.0, text)))
    assert (onset_s, duration_s) == (3.0, 1.0)
    assert len(kept.encode("utf-8")) <= MAX_TEXT_BYTES
    assert kept.endswith(" …")
    words = kept.removesuffix(" …")
    assert text.startswith(words + " ") and len(words) > 0.8 * MAX_TEXT_BYTES / 1.1


@given(st.text(max_size=600))
def test_a_shortened_text_is_a_beginning_of_the_whole(text):
    kept = shorten(text)
    assert len(kept.encode("utf-8")) <= MAX_TEXT_BYTES
    assert kept == text or text.startswith(kept.removesuffix("…").rstrip())


@pytest.mark.parametrize(
    "onset_s, duration_s", [(float("nan"), 0.0), (float("inf"), 0.0), (0.0, -1.0), (0.0, float("nan"))]
)
def test_what_is_no_time_is_refused(onset_s, duration_s):
    with pytest.raises(ValueError, match="no time within a recording"):
        encode_annotation(Annotation(onset_s, duration_s, "x"))


def test_several_texts_of_one_time_are_several_annotations():
    assert parsed(b"+5\x150.5\x14one\x14two\x14\x00") == [(5.0, 0.5, "one"), (5.0, 0.5, "two")]


def test_latin_1_of_other_programs_is_read():
    assert parsed("+1\x14für\x14\x00".encode("latin-1")) == [(1.0, 0.0, "für")]


@given(st.text(max_size=600), st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_every_text_and_time_comes_back(text, onset_s, duration_s):
    notes = parsed(encode_annotation(Annotation(onset_s, duration_s, text)))
    assert [note[2] for note in notes] == [shorten(clean_text(text))]
    assert all(note[0] == pytest.approx(onset_s, abs=1e-7) for note in notes)
    assert all(note[1] == pytest.approx(duration_s, abs=1e-7) for note in notes)


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_between_any_bytes_an_annotation_is_found(before, after):
    raw = before + b"\x00" + encode_annotation(Annotation(5.0, 0.5, "tap")) + after
    assert parsed(raw) == [*parsed(before), (5.0, 0.5, "tap"), *parsed(after)]


@given(
    st.lists(st.sampled_from([b"+", b"-", b"1", b".", b"\x14", b"\x15", b"\x00", b"9" * 20, b"e9", b"a"]), max_size=30)
)
def test_nearly_right_bytes_give_finite_times(pieces):
    raw = b"".join(pieces)
    lone_s = lone_record_onset_s(raw)
    assert lone_s is None or parsed(raw) == [(lone_s, 0.0, "")]
    for note in parse_tals(raw):
        assert abs(note.onset_s) < 1e16 and 0 <= note.duration_s < 1e16


@pytest.mark.parametrize(
    ("raw", "onset_s"),
    [
        (record_onset_tal(Fraction(5, 2)) + bytes(40), 2.5),
        (record_onset_tal(Fraction(3)), 3.0),
        (b"-0.25\x14\x14", -0.25),
        (b"+3\x14\x14\x00+3\x14tap\x14\x00", None),
        (b"+3\x14\x14tap\x14\x00", None),
        (b"+3\x151\x14\x14\x00", None),
        (b"+3\x14tap\x14\x00", None),
        (bytes(40), None),
    ],
)
def test_a_record_that_tells_its_onset_alone_is_read_at_once(raw, onset_s):
    assert lone_record_onset_s(raw) == onset_s

import pytest

from acquisition.recording.column_names import bare, is_index, is_no_signal, is_time, seconds_per_unit, unit_of


@pytest.mark.parametrize(
    "name, unit_s",
    [
        ("time", None), ("t", None), ("timestamps", None), ("lsl_timestamp", None), ("Relative Time", None),
        ("time_s", 1.0), ("t_s", 1.0), ("X [s]", 1.0), ("seconds", 1.0), ("Time,s", 1.0), ("Time (sec)", 1.0),
        ("time_ms", 1e-3), ("ms", 1e-3), ("ms since start", None), ("elapsed", None), ("EMG 1 Time Series (s)", 1.0),
        ("Time [ms]", 1e-3), ("time (µs)", 1e-6), ("time_us", 1e-6),
    ],
)  # fmt: skip
def test_times(name, unit_s):
    assert is_time(name) and is_no_signal(name)
    assert seconds_per_unit(name) == unit_s


@pytest.mark.parametrize(
    "name", ["n", "index", "Sample Index", "frame", "Sub Frame", "samples", "counter", "nSeq", "packet no."]
)
def test_numbers_of_samples(name):
    assert is_index(name) and is_no_signal(name) and not is_time(name)


@pytest.mark.parametrize("name", ["Marker", "Trigger [V]", "DI", "unnamed 3", "event", "Marker Channel", "event_code"])
def test_what_is_neither_is_no_signal_either(name):
    assert is_no_signal(name) and not is_time(name) and not is_index(name)


@pytest.mark.parametrize(
    "name",
    [
        "Trigger point UT [uV]", "Index [uV]", "Index finger", "Event EMG (mV)", "MS_uV", "Sec right", "MS left",
        "US right", "Label left", "EMG time series", "EMG trigger", "Frame EMG", "EMG, samples", "s", "Time [mV]",
    ],
)  # fmt: skip
def test_a_muscle_whose_name_sounds_like_something_else_is_a_signal(name):
    assert not is_no_signal(name)


@pytest.mark.parametrize(
    "name, unit, left",
    [
        ("EMG (µV)", "µv", "EMG"), ("A [\ufffdV]", "µv", "A"), ("Band_uV", "uv", "Band"), ("EMG mV", "mv", "EMG"),
        ("LT TIB.ANT.,uV", "uv", "LT TIB.ANT."), ("S1: EMG 1 [V]", "v", "S1: EMG 1"), ("EMG, volts", "volts", "EMG"),
        ("T anterior (uV)", "uv", "T anterior"), ("EMG left", "", "EMG left"), ("EMG MS", "", "EMG MS"),
    ],
)  # fmt: skip
def test_units_of_signals(name, unit, left):
    assert (unit_of(name), bare(name)) == (unit, left)
    assert not is_no_signal(name)

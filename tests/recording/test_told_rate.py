import pytest

from acquisition.recording.told_rate import told_rate_hz


@pytest.mark.parametrize(
    "text, rate_hz",
    [
        ("# Sampling rate: 1 kHz", 1000),
        ("# Sampling rate: 1,000 Hz", 1000),
        ("# Sampling rate: 1000,0 Hz", 1000),
        ("# Sampling rate: 1,000 kHz", 1000),
        ("# Sampling frequency (kHz): 1.0", 1000),
        ("# sample rate = 1e3", 1000),
        ("# SampleRate=1000.0", 1000),
        ("# Sampling Rate (Hz):= 1000.00", 1000),
        ("%fs=1000", 1000),
        ("Sample rate (Hz),1000", 1000),
        ("name,x\nFrequency,1000", 1000),
        ('# {"sampling rate": 1000, "resolution": [16]}', 1000),
        ("# sampling_rate_hz: 250", 250),
        ("# sample rate [Hz] = 1925.926", 1925.926),
        ("# Sampling interval: 1 ms", 1000),
        ("Interval=\t0.001 s", 1000),
        ("Interval=\t0,0005 s", 2000),
        ("# low-pass, cut-off frequency: 450 Hz", None),
        ("# sampling rate: unknown", None),
        ("# sampling rate: 0", None),
        ("# rate of heart: 70", None),
        ("", None),
    ],
)
def test_a_rate_in_words(text, rate_hz):
    assert told_rate_hz(text) == rate_hz

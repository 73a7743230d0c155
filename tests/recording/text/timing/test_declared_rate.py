import pytest

from acquisition.recording.text.timing.declared_rate import declared_rates_hz


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
        ("# EMG fs: 1 kHz", 1000),
        ("# fs [kHz] = 1", 1000),
        ("# Fs 1000 samples/s", 1000),
        ("Sample rate (Hz),1000", 1000),
        ("name,x\nFrequency,1000", 1000),
        ('"Frequency","1000"', 1000),
        ('# {"sampling rate": 1000, "resolution": [16]}', 1000),
        ("# sampling_rate_hz: 250", 250),
        ("# sample rate [Hz] = 1925.926", 1925.926),
        ("# Sampling interval: 1 ms", 1000),
        ("# Resampled frequency: 500", 500),
        ("Interval=\t0.001 s", 1000),
        ("Interval=\t0,0005 s", 2000),
    ],
)
def test_a_rate_in_words(text, rate_hz):
    assert declared_rates_hz(text.split("\n")) == [rate_hz]


@pytest.mark.parametrize(
    "text",
    [
        "# low-pass, cut-off frequency: 450 Hz",
        "# sampling rate: unknown",
        "# sampling rate: 0",
        "# sampling rate: 1e99",
        "# rate of heart: 70",
        "# Frequency: 2 Hz",
        "Frequency: 50 Hz notch",
        "# Interval: 5 s",
        "Interval: 5 s rest",
        "Force FS: 500 N",
        "# Downsampling rate: 2",
        "",
    ],
)
def test_what_is_no_sampling_rate(text):
    assert declared_rates_hz([text]) == []


def test_several_rates_are_found_each_once():
    lines = ["# ADC sampling rate: 16000", "# Output sampling rate: 1000", "# fs: 1000"]
    assert declared_rates_hz(lines) == [16_000, 1000]

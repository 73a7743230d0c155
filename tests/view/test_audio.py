"""Sound synthesis from arrays to arrays."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from twitchscope.live.audio.mixer import FADE_S, LOUDEST, Mixer, VoiceQueue
from twitchscope.live.audio.resampler import HALF_WIDTH, Resampler
from twitchscope.live.audio.tones import NOTES, Cue, cue_samples
from twitchscope.live.audio.voice import CARRIER_HZ, HOLD_S, EmgVoice, Notches, Piece

DEVICE_HZ = 48_000.0


def spectrum_db(sound: NDArray[np.floating], rate_hz: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return frequencies in Hz and levels in dB of full scale."""
    window = np.hanning(len(sound))
    levels = np.abs(np.fft.rfft(sound * window)) / (0.5 * window.sum())
    return np.fft.rfftfreq(len(sound), 1.0 / rate_hz), 20.0 * np.log10(levels + 1e-12)


def level_db_at(sound: NDArray[np.floating], rate_hz: float, frequency_hz: float) -> float:
    frequencies, levels = spectrum_db(sound, rate_hz)
    return float(levels[np.abs(frequencies - frequency_hz) < 12.0].max())


@pytest.mark.parametrize("cue", list(Cue))
@pytest.mark.parametrize("rate_hz", [44_100.0, 48_000.0])
def test_cues_are_soft_begin_and_end_in_silence_and_have_their_pitches(cue: Cue, rate_hz: float) -> None:
    sound = cue_samples(cue, rate_hz)
    assert np.abs(sound).max() < 0.35
    assert 0.05 < len(sound) / rate_hz < 0.7
    assert np.abs(sound[[0, -1]]).max() < 1e-3
    first = sound[: round(0.0005 * rate_hz)]
    assert np.abs(first).max() < 0.01, "it rises, it does not click"
    frequencies, levels = spectrum_db(sound, rate_hz)
    assert frequencies[levels.argmax()] == pytest.approx(NOTES[cue][-1].pitch_hz, rel=0.5)
    for note in NOTES[cue]:
        part = sound[round(note.start_s * rate_hz) :][: round(note.length_s * rate_hz)]
        frequencies, levels = spectrum_db(part, rate_hz)
        assert frequencies[levels.argmax()] == pytest.approx(note.pitch_hz, abs=1.5 / note.length_s)


def test_a_twitch_and_the_electrodes_do_not_sound_alike() -> None:
    twitch, electrodes = cue_samples(Cue.TWITCH, DEVICE_HZ), cue_samples(Cue.ELECTRODES, DEVICE_HZ)
    assert level_db_at(twitch, DEVICE_HZ, 990.0) - level_db_at(twitch, DEVICE_HZ, 330.0) > 20.0
    assert level_db_at(electrodes, DEVICE_HZ, 330.0) - level_db_at(electrodes, DEVICE_HZ, 990.0) > 20.0


@pytest.mark.parametrize("from_hz", [250.0, 1000.0, 4000.0])
def test_the_resampler_gives_a_tone_its_place_in_time_and_no_images(from_hz: float) -> None:
    tone_hz = 0.2 * from_hz
    values = np.sin(2.0 * np.pi * tone_hz * np.arange(round(1.5 * from_hz)) / from_hz)
    resampled = Resampler(from_hz, DEVICE_HZ).put(values)
    delay_s = HALF_WIDTH / from_hz
    time_s = np.arange(len(resampled)) / DEVICE_HZ - delay_s
    settled = time_s > 2.0 * delay_s
    assert np.abs(resampled - np.sin(2.0 * np.pi * tone_hz * time_s))[settled].max() < 1e-3
    frequencies, levels = spectrum_db(resampled[settled], DEVICE_HZ)
    assert levels[np.abs(frequencies - tone_hz) > 0.05 * from_hz].max() < -60.0


@settings(max_examples=40)
@given(cuts=st.lists(st.integers(0, 400), max_size=12), from_hz=st.sampled_from([250.0, 999.0, 4000.0]))
def test_the_resampler_does_not_care_how_a_stream_is_cut(cuts: list[int], from_hz: float) -> None:
    values = np.random.default_rng(1).normal(size=400)
    whole = Resampler(from_hz, DEVICE_HZ).put(values)
    resampler = Resampler(from_hz, DEVICE_HZ)
    edges = [0, *sorted(cuts), 400]
    parts = [resampler.put(values[start:stop]) for start, stop in itertools.pairwise(edges)]
    resampled = np.concatenate(parts)
    assert abs(len(resampled) - len(whole)) <= 1
    n = min(len(resampled), len(whole))
    assert np.allclose(resampled[:n], whole[:n], atol=1e-9)


def test_a_bent_ratio_plays_faster_and_a_lower_rate_is_refused() -> None:
    values = np.zeros(1000)
    assert len(Resampler(1000.0, DEVICE_HZ).put(values, bend=1.01)) == pytest.approx(48_000 / 1.01, abs=2)
    with pytest.raises(ValueError, match="higher rate"):
        Resampler(8000.0, 4000.0)


def _voice(rate_hz: float, raw_uv: NDArray[np.float64], voice: EmgVoice | None = None) -> NDArray[np.float32]:
    voice = voice or EmgVoice(rate_hz, DEVICE_HZ, 0.262 * rate_hz)
    n_block = round(0.02 * rate_hz)
    parts = [raw_uv[start : start + n_block] for start in range(0, len(raw_uv), n_block)]
    return np.concatenate([voice.sound(Piece(one, np.zeros(len(one), np.bool_), 2.0)) for one in parts])


def _tone_uv(rate_hz: float, tone_hz: float, seconds: float = 2.0) -> NDArray[np.float64]:
    return 30.0 * np.sin(2.0 * np.pi * tone_hz * np.arange(round(seconds * rate_hz)) / rate_hz)


def test_a_band_that_ends_at_65_hz_is_carried_to_where_small_loudspeakers_begin() -> None:
    sound = _voice(250.0, 5000.0 + _tone_uv(250.0, 50.0))[round(0.5 * DEVICE_HZ) :]
    for side_hz in (CARRIER_HZ - 50.0, CARRIER_HZ + 50.0):
        assert level_db_at(sound, DEVICE_HZ, side_hz) > -20.0
    frequencies, levels = spectrum_db(sound, DEVICE_HZ)
    assert levels[frequencies < 300.0].max() < -60.0


def test_a_wider_band_is_heard_as_it_is() -> None:
    sound = _voice(1000.0, _tone_uv(1000.0, 150.0))[round(0.5 * DEVICE_HZ) :]
    assert level_db_at(sound, DEVICE_HZ, 150.0) > -20.0
    assert level_db_at(sound, DEVICE_HZ, CARRIER_HZ) < -60.0


def test_the_gate_is_silent_at_rest_and_opens_for_a_burst() -> None:
    rng = np.random.default_rng(2)
    raw_uv = 1e4 + rng.normal(0.0, 1.4, 6000)
    raw_uv[3000:3060] += 80.0 * np.sin(2.0 * np.pi * 100.0 * np.arange(60) / 1000.0)
    sound = _voice(1000.0, raw_uv)
    at_s = np.arange(len(sound)) / DEVICE_HZ
    burst = (at_s > 3.0) & (at_s < 3.07)
    assert np.abs(sound[burst]).max() > 0.5
    assert np.abs(sound[(at_s > 0.5) & (at_s < 2.9)]).max() < 1e-3
    assert np.abs(sound[at_s > 3.1 + HOLD_S + 0.2]).max() < 1e-3
    open_voice = EmgVoice(1000.0, DEVICE_HZ, 262.0)
    open_voice.is_gated = False
    assert np.abs(_voice(1000.0, raw_uv[:2000], open_voice)).max() > 0.02


def test_hum_is_taken_out_and_a_burst_on_it_stays() -> None:
    time_s = np.arange(4000) / 1000.0
    hum_uv = 40.0 * np.sin(2.0 * np.pi * 50.03 * time_s) + 10.0 * np.sin(2.0 * np.pi * 150.09 * time_s)
    notches = Notches(50.0, 1000.0)
    left_uv = np.concatenate([notches.take_out(hum_uv[start : start + 37]) for start in range(0, 4000, 37)])
    assert np.abs(left_uv[2000:]).max() < 0.06 * np.abs(hum_uv).max()
    notches.tune(50.03)
    assert np.abs(notches.take_out(hum_uv)[2000:]).max() < 0.01 * np.abs(hum_uv).max()
    assert np.allclose(left_uv, Notches(50.0, 1000.0).take_out(hum_uv), atol=1e-9)
    burst_uv = 60.0 * np.sin(2.0 * np.pi * 110.0 * time_s) * (np.abs(time_s - 3.0) < 0.03)
    kept_uv = notches.take_out(burst_uv)
    assert np.abs(kept_uv).max() > 0.8 * 60.0


def test_the_gate_stays_closed_over_hum() -> None:
    voice = EmgVoice(1000.0, DEVICE_HZ, 262.0)
    time_s = np.arange(6000) / 1000.0
    hum_uv = 40.0 * np.sin(2.0 * np.pi * 50.0 * time_s)
    whole = np.zeros(6000, np.bool_)
    sound = np.concatenate(
        [voice.sound(Piece(hum_uv[k : k + 20], whole[k : k + 20], 2.0, 50.0)) for k in range(0, 6000, 20)]
    )
    assert not sound[round(3.0 * DEVICE_HZ) :].any()


def test_lost_samples_and_an_unknown_baseline_are_silent() -> None:
    voice = EmgVoice(1000.0, DEVICE_HZ, 262.0)
    tone_uv = _tone_uv(1000.0, 100.0)
    before = voice.sound(Piece(tone_uv, np.zeros(len(tone_uv), np.bool_), float("nan")))
    assert not before.any()
    voice.sound(Piece(tone_uv, np.zeros(len(tone_uv), np.bool_), 2.0))
    lost = voice.sound(Piece(tone_uv, np.ones(len(tone_uv), np.bool_), 2.0))
    assert not lost[round(0.05 * DEVICE_HZ) :].any()


def _fill(mixer: Mixer, seconds: float, n_block: int = 480) -> NDArray[np.float32]:
    n_blocks = round(seconds * mixer.rate_hz / n_block)
    return np.concatenate([mixer.fill(n_block, k * n_block / mixer.rate_hz) for k in range(n_blocks)])


def test_a_cue_begins_with_the_next_buffer_and_tells_when() -> None:
    mixer = Mixer(DEVICE_HZ)
    mixer.volume = LOUDEST
    _fill(mixer, 0.1)
    mixer.play(Cue.TWITCH, arrival_s=3.0)
    mixer.fill(480, 3.05)
    (started,) = mixer.started
    assert (started.cue, started.arrival_s, started.start_s) == (Cue.TWITCH, 3.0, 3.05)
    sound = _fill(mixer, 0.4)
    assert level_db_at(sound, DEVICE_HZ, 990.0) > -40.0


def test_a_cue_that_comes_far_too_late_is_left_out_and_counted() -> None:
    mixer = Mixer(DEVICE_HZ)
    mixer.play(Cue.TWITCH, arrival_s=3.0)
    assert not mixer.fill(4800, 3.6).any()
    assert (mixer.n_late, len(mixer.started)) == (1, 0)


def test_mute_and_volume_change_without_a_click_and_a_muted_cue_is_not_heard_later() -> None:
    mixer = Mixer(DEVICE_HZ)
    mixer.volume = LOUDEST
    time_s = np.arange(2.0 * DEVICE_HZ) / DEVICE_HZ
    mixer.voice.put(np.sin(2.0 * np.pi * 300.0 * time_s[:90_000]).astype(np.float32))
    loud = _fill(mixer, 0.5)
    mixer.is_muted = True
    mixer.play(Cue.TWITCH, 0.0)
    muted = _fill(mixer, 0.3)
    mixer.is_muted = False
    again = _fill(mixer, 0.3)
    sound = np.concatenate([loud, muted, again])
    steepest = 0.5 * 2.0 * np.pi * 300.0 / DEVICE_HZ
    assert np.abs(np.diff(sound)).max() < 1.5 * steepest
    assert not muted[480:].any()
    assert not mixer.started
    assert level_db_at(again, DEVICE_HZ, 990.0) < -60.0
    mixer.volume = LOUDEST - 5
    softer = _fill(mixer, 0.3)
    assert np.abs(softer[4800:]).max() == pytest.approx(0.1 * np.abs(loud).max(), rel=0.05)


def test_emg_that_runs_out_fades_is_counted_and_comes_back_without_a_click() -> None:
    mixer = Mixer(DEVICE_HZ)
    mixer.volume = LOUDEST
    tone = np.sin(2.0 * np.pi * 300.0 * np.arange(9_000) / DEVICE_HZ).astype(np.float32)
    parts = [_fill(mixer, 0.05)]
    for _ in range(3):
        mixer.voice.put(tone)
        parts.append(_fill(mixer, 0.3))
    sound = np.concatenate(parts)
    assert mixer.n_underruns == 3
    steepest = 0.5 * (2.0 * np.pi * 300.0 + 1.0 / FADE_S) / DEVICE_HZ
    assert np.abs(np.diff(sound)).max() < steepest
    assert np.abs(sound).max() > 0.45


def test_what_does_not_fit_into_the_queue_is_dropped() -> None:
    queue = VoiceQueue(100)
    queue.put(np.arange(70, dtype=np.float32))
    assert queue.take(20).tolist() == list(range(20))
    queue.put(np.arange(70, 140, dtype=np.float32))
    assert queue.take(200).tolist() == list(range(20, 120))
    assert queue.n_waiting == 0

"""Heartbeats in the EMG: a template learnt from the stream, by which beats are recognized and removed from bursts."""

import math
from collections import deque
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from dsp.compiled._alike import centre_row
from dsp.compiled._kernel import Kernel
from dsp.heart.beat_fitter import BeatFitter, is_alone, least_likeness
from dsp.heart.brief_bursts import BriefBursts, Fit
from dsp.heart.ecg_lead import is_at_qrs
from dsp.heart.echoes import LOOK_BACK_S, SLACK_S, Echoes, smooth
from dsp.heart.likeness import Samples
from dsp.heart.rests import Rests
from dsp.heart.rhythm import SHORTEST_BEAT_S, Rhythm
from dsp.heart.slow_changes import SlowChanges
from dsp.heart.template import Beat, Template, levelled
from dsp.recent import Recent, Rows

LEAST_BEATS, LEAST_BEATS_ALONE, LEAST_BEATS_SLOW = 2, 4, 3
"""Least number of earlier beats from which the heart is learnt: usually, on one channel, and by slow changes alone."""
QRS_BELOW_HZ, LEAST_BELOW = 60.0, 0.4
"""Least share of a band-passed QRS complex's energy below `QRS_BELOW_HZ`; a volley has less."""
FORGET_S = 10.0
"""A heart of which no beat was recognized for this long is forgotten."""
LEFT_OUT_BELOW_HZ = 700.0
"""Sampling rate below which expected beats teach no threshold: with more samples in a window a weak heart hardly raises
it, and as many twitches are found without (decision record 7)."""
MOST_REST, MISSED, MOST_MISSED = 2.2, 1.3, 0.12
"""Longest rest without anything of a beat's size, in beat intervals (one beat may be missed); rest from which a beat
counts as missed; largest share of missed beats (one may always be missed)."""
LOOKED_BACK_S = 20.0
"""Time over which a known heart is searched for rests: beats may have been smaller a minute ago."""
SEARCH_AGAIN_S = 3.0
"""A heart that was recognized in the detection band within this time is not learnt again."""
USUALLY_LEFT, LEAST_KNOWN, USUAL_SHARE = 12, 6, 0.75
"""The usual remainder of a beat is the quantile `USUAL_SHARE` of the last `USUALLY_LEFT`, from `LEAST_KNOWN` on."""

MOST_TAKEN = 6
"""Number of latest beats that are removed from the signal before a burst: as far as a verdict looks back."""


def _usual(latest: deque[float], value: float) -> float:
    """Return the quantile `USUAL_SHARE` of the latest values, 0 if few are known; then add another value to them."""
    usual = float(np.quantile(latest, USUAL_SHARE)) if len(latest) >= LEAST_KNOWN else 0.0
    latest.append(value)
    return usual


def _median(*snippets: Samples) -> list[Samples]:
    """Return the median of the snippets alone: a twitch that one of three holds is not in it."""
    return [np.median(snippets, axis=0)]


def _power_of(pattern: Samples) -> Samples:
    """Return the power at each frequency, summed over channels."""
    power: Samples = np.sum(np.abs(np.fft.rfft(pattern, axis=0)) ** 2, axis=1)
    return power


def _common_power(patterns: Samples) -> Samples:
    """Return the cross-power of patterns, shape (n_patterns, n, n_channels), to which noise adds nothing."""
    spectra = np.fft.rfft(patterns, axis=1)
    power: Samples = np.sum(np.abs(np.sum(spectra, axis=0)) ** 2 - np.sum(np.abs(spectra) ** 2, axis=0), axis=1)
    return power


class HeartMemory:
    """Template of the heartbeat on all channels, and its rhythm.

    Parameters
    ----------
    sampling_rate_hz : float
        Sampling rate of the signal.
    ecg : ndarray of int64
        Indices of channels with an ECG lead. While one shows the heart, only bursts at its QRS complexes are beats.
    """

    def __init__(self, sampling_rate_hz: float, ecg: NDArray[np.int64]) -> None:
        self._rate_hz = sampling_rate_hz
        self._ecg = ecg
        self._fitter = fitter = BeatFitter(sampling_rate_hz)
        self._step, self._before, self._length, self._core = fitter.step, fitter.before, fitter.length, fitter.core
        self._template: Template | None = None
        self._rhythm = Rhythm(sampling_rate_hz)
        slack = max(1, round(SLACK_S * sampling_rate_hz / fitter.step))
        self._slack = slack * fitter.step
        self._bursts = BriefBursts(SHORTEST_BEAT_S * sampling_rate_hz, fitter.core_steps, slack)
        self._echoes = Echoes(sampling_rate_hz)
        self._rests = Rests(sampling_rate_hz)
        self._slow = SlowChanges(sampling_rate_hz, fitter.step, fitter.core_steps)
        self._known_in_band = -math.inf
        self._taken: deque[tuple[int, Beat]] = deque(maxlen=MOST_TAKEN)
        self._searched, self._alike_slowly = 0, dict[int, Fit]()
        self._left: deque[float] = deque(maxlen=USUALLY_LEFT)
        self._whole: deque[float] = deque(maxlen=USUALLY_LEFT)
        self.may_be = False
        """True if, soon after the start, the last burst repeats one earlier burst: too few to learn the heart."""

    @property
    def is_known(self) -> bool:
        """True while there is a template."""
        return self._template is not None

    @property
    def is_left_out(self) -> bool:
        """True while the heart is known and its expected beats teach no threshold."""
        return self.is_known and self._rate_hz < LEFT_OUT_BELOW_HZ

    def recall(self, recent: Recent, kernel: Kernel, first: int, last: int) -> Beat | None:
        """Return the learnt beat fitted to the burst between two rows of the recent signal, or None.

        Where the burst as a whole does not match the template, it is compared sample by sample: a twitch, a pop or
        cable motion at the time of a beat may cover a part of it.
        """
        if self._template is None or self._is_forgotten(recent, kernel, first):
            return None
        low = max(0, first - self._before - round(0.02 * self._rate_hz))
        part = self._rows(recent.band_uv, low, last + self._length) * recent.weights
        if part.shape[0] < self._length:
            return None
        shape = self._template.band_uv * recent.weights
        at, evidence = self._fitter.find(part, shape), "same shape as the heart"
        if at is None:
            at, evidence = self._fitter.find_covered(part, shape), "on a heartbeat"
        if at is None or self._ecg_confirms(recent, kernel, low + at) is False:
            return None
        return self._beat(self._template, low, at, part, shape, evidence)

    def take_out(self, recent: Recent, beat: Beat) -> Rows:
        """Remove a beat from the recent signal, remember it for `take_out_earlier`, and return the original rows."""
        self._taken.append((recent.start + beat.start, beat))
        return recent.less(beat.start, beat.part_uv, beat.raw_uv)

    def take_out_earlier(self, recent: Recent) -> None:
        """Remove the beats that were removed before, which are no activity before the next burst."""
        for start, beat in self._taken:
            recent.less(start - recent.start, beat.part_uv, beat.raw_uv)

    def find_slow(self, recent: Recent, kernel: Kernel, first: int, last: int) -> slice | None:
        """Return the rows of a beat in a burst that `recall` does not recognize, or None, and add it to the rhythm.

        The beat is recognized by slow changes of the unfiltered signal: in the detection band one beat may differ from
        the next far more than in its whole QRS complex. Nothing is removed, since the beat's size in the band is not
        known.
        """
        if self._template is None:
            return None
        low = max(0, first - self._before - round(0.02 * self._rate_hz))
        weights = self._slow.weigh(recent)
        seen = self._slow_rows(recent, weights, low, last + self._length)
        at = self._slow.find(seen, self._slow.of(self._template.raw_uv, 0, self._length) * weights)
        if at is None:
            return None
        at *= self._step
        if self._ecg_confirms(recent, kernel, low + at) is False:
            return None
        self._rhythm.follow(recent.start + low + at)
        return slice(low + at, low + at + self._core.stop)

    def _is_forgotten(self, recent: Recent, kernel: Kernel, first: int) -> bool:
        """Forget a heart that was not recognized for long or that has rested, and return whether none is known."""
        now, beat_s = recent.start + first, self._rhythm.beat_s
        since_s = (now - self._rhythm.last_beat) / self._rate_hz
        since = now - round(LOOKED_BACK_S * self._rate_hz)
        if since_s > FORGET_S or (
            since_s > MISSED * beat_s and self._has_rested(recent, kernel, beat_s, self._rhythm.beats, since)
        ):
            self._template = None
            self._known_in_band = -math.inf
        return self._template is None

    def _surface(self, recent: Recent) -> Samples:
        """Return the channel weights with 0 for ECG leads."""
        weights = recent.weights.copy()
        weights[self._ecg] = 0.0
        return weights

    def _ecg_confirms(self, recent: Recent, kernel: Kernel, start: int) -> bool | None:
        """Return whether an ECG lead shows a beat whose template begins at a row; None if no lead shows the heart."""
        if not self._ecg.size:
            return None
        means, at = self._echoes.lately(recent, kernel, recent.start + start + self._before)
        at_qrs = [is_at_qrs(means[:, channel], at, self._echoes.step_s) for channel in self._ecg]
        return True if True in at_qrs else False if False in at_qrs else None

    def _has_rested(self, recent: Recent, kernel: Kernel, beat_s: float, beats: Iterable[int], since: int = 0) -> bool:
        """Return whether possible beats, some of which began at `beats`, were interrupted since the sample `since`."""
        places = [start + self._before for start in beats]
        rests_s, known_s = self._rests.find(recent, kernel, self._surface(recent), places, since)
        n_missed = np.count_nonzero(rests_s > MISSED * beat_s)
        return bool(np.any(rests_s > MOST_REST * beat_s) or n_missed > max(1.0, MOST_MISSED * known_s / beat_s))

    def _may_be_beats(self, recent: Recent, kernel: Kernel, now: int, starts: list[int]) -> bool:
        """Return whether beats that would be learnt never rested, as far back as the signal is known."""
        beats = [now, *starts]
        return not self._has_rested(recent, kernel, float(np.median(-np.diff(beats))) / self._rate_hz, beats)

    def _is_low(self, power: Samples) -> bool:
        """Return whether a power spectrum has enough energy at low frequencies to be that of a QRS complex."""
        below = np.arange(power.size) * self._rate_hz / self._length < QRS_BELOW_HZ
        return bool(np.sum(power[below]) >= LEAST_BELOW * np.sum(power))

    def _rows(self, signal_uv: Samples, start: int, stop: int) -> Samples:
        """Return rows [start, stop); up to a third of a template that is not known yet is filled with zeros."""
        rows = signal_uv[start:stop]
        missing = stop - start - rows.shape[0]
        return np.concatenate((rows, np.zeros((min(missing, self._length // 3), rows.shape[1]))))

    def _slow_rows(self, recent: Recent, weights: Samples, start: int, stop: int) -> Samples:
        """Return the weighted slow changes of rows [start, stop) in steps, filled up like `_rows`."""
        rows = self._slow.of(recent.raw_uv, start, stop) * weights
        missing = (stop - start) // self._step - len(rows)
        return np.concatenate((rows, np.zeros((min(missing, self._length // 3 // self._step), rows.shape[1]))))

    def _raw_rows(self, raw_uv: Samples, start: int) -> Samples:
        """Return rows of a template's length; the last row is repeated where the signal is not known yet."""
        rows = raw_uv[start : start + self._length]
        return np.concatenate((rows, np.repeat(rows[-1:], self._length - rows.shape[0], axis=0)))

    def _beat(self, template: Template, low: int, at: int, part: Samples, shape: Samples, evidence: str) -> Beat:
        """Return the beat at a lag, with gain and sub-sample shift fitted to what is not covered."""
        gain, shift = self._fitter.gain_and_shift(part[at : at + self._length], shape)
        return template.fitted(low + at, gain, shift, evidence)

    def search(self, recent: Recent, kernel: Kernel, first: int, last: int) -> Beat | None:
        """Search the latest bursts for the same shape at a heart's intervals, and learn the heart from them."""
        self._alike_slowly = {}
        if self._is_known_in_band(recent.start + first):
            return None
        weights = recent.weights
        start = centre_row(recent.band_uv, weights, first, last) - self._before
        now = recent.start + start
        if start < self._slack:
            return None
        around = self._rows(recent.band_uv, start - self._slack, start + self._length + self._slack)
        if around.shape[0] < self._length + 2 * self._slack or self._ecg_confirms(recent, kernel, start) is False:
            return None
        self._searched = now
        self._bursts.forget(now - LOOK_BACK_S * self._rate_hz)
        pattern = around[self._slack : self._slack + self._length]
        shape = pattern * weights
        compared = self._fitter.in_steps(around)
        found = self._bursts.alike(compared, weights, now, least_likeness(shape))
        slow = self._slow_rows(
            recent, self._slow.weigh(recent), start - self._slack, start + self._length + self._slack
        )
        self._alike_slowly = self._bursts.alike_slowly(slow, now) if self._template is None else {}
        snippets = pattern, self._raw_rows(recent.raw_uv, start)
        self._bursts.keep(now, snippets, compared, slow)
        starts: list[int] = []
        if found and self._is_low(_power_of(shape)):
            starts = self._rhythm.chain(now, sorted(found, reverse=True))
        if len(starts) < (LEAST_BEATS_ALONE if is_alone(shape) else LEAST_BEATS):
            self.may_be = self._template is None and len(starts) == 1 and now < LOOK_BACK_S * self._rate_hz
            return None
        if not self._may_be_beats(recent, kernel, now, starts):
            return None
        bands, raws = self._aligned([found[at] for at in starts])
        if len(starts) == LEAST_BEATS:  # in the mean of so few, a twitch on one of them would be half its size
            bands, raws = _median(*bands, pattern), _median(*raws, levelled(snippets[1], self._rate_hz))
        template = self._learn(now, starts, bands, raws, recent)
        self._known_in_band = now
        part, evidence = template.band_uv * weights, f"repeats every {self._rhythm.beat_s:.2f} s in the same shape"
        seen = self._rows(recent.band_uv, start, start + self._length) * weights
        return self._beat(template, start, 0, seen, part, evidence)

    def _aligned(self, beats: list[Fit]) -> tuple[list[Samples], list[Samples]]:
        """Return beats shifted by their lags, band-passed and unfiltered."""
        bands = [np.roll(seen.band_uv, lag * self._step, axis=0) for seen, lag in beats]
        return bands, [np.roll(levelled(seen.raw_uv, self._rate_hz), lag * self._step, axis=0) for seen, lag in beats]

    def follow(self, kernel: Kernel) -> None:
        """Add the signal since the last call, and tell the kernel where beats are expected; called once a second."""
        self._echoes.follow(kernel)
        self._rests.follow(kernel)
        is_lost = kernel.index - self._rhythm.last_beat > FORGET_S * self._rate_hz
        is_expected = self.is_left_out and not is_lost
        kernel.leave_out(*self._rhythm.expected(kernel.index, self._core) if is_expected else (0, 0, 0))

    def listen(self, recent: Recent, kernel: Kernel, first: int, last: int) -> Beat | None:
        """Search for the burst under the noise of the last seconds, at a heart's intervals, and learn the heart."""
        if self._is_known_in_band(recent.start + first):
            return None
        centre = recent.start + centre_row(recent.band_uv, recent.weights, first, last)
        around = (self._core.start - self._before, self._core.stop - self._before)
        starts = [at - self._before for at in self._echoes.find(recent, kernel, centre, around) if at >= self._before]
        bands = [kernel.band(at, at + self._length) for at in starts]
        if not starts or not self._is_low(_common_power(np.stack(bands) * recent.weights)):
            return None
        start = centre - self._before
        is_denied = self._ecg_confirms(recent, kernel, start - recent.start) is False
        if is_denied or not self._may_be_beats(recent, kernel, start, starts):
            return None
        bands = [smooth(band_uv, self._rate_hz) for band_uv in bands]
        raws = [levelled(kernel.raw(at, at + self._length), self._rate_hz) for at in starts]
        self._learn(start, starts, bands, raws, recent)
        self._known_in_band = start
        return self.recall(recent, kernel, first, last)

    def learn_slowly(self, recent: Recent, kernel: Kernel) -> None:
        """Learn an unknown heart from earlier bursts whose slow changes resemble those of the last burst.

        Such beats have little in common in the detection band, but `find_slow` then recognizes them.
        """
        if self._template is not None:
            return
        starts = self._rhythm.chain(self._searched, sorted(self._alike_slowly, reverse=True))
        if len(starts) >= LEAST_BEATS_SLOW and self._may_be_beats(recent, kernel, self._searched, starts):
            fits = [self._alike_slowly[at] for at in starts]
            self._learn(self._searched, starts, *self._aligned(fits), recent)

    def _is_known_in_band(self, index: int) -> bool:
        return index - self._known_in_band < SEARCH_AGAIN_S * self._rate_hz

    def _learn(
        self, now: int, starts: list[int], bands_uv: list[Samples], raws_uv: list[Samples], recent: Recent
    ) -> Template:
        """Take the mean of snippets (levelled in `raws_uv`) as template; `starts`: of earlier beats, latest first."""
        self._left.clear()
        self._whole.clear()
        self._rhythm.learn(now, starts)
        self._template = Template(bands_uv, raws_uv, recent)
        return self._template

    def over_usual(self, left: float) -> float:
        """Return the remainder of a beat relative to the usual one, which is taken to be at least 1.

        Both are shares of the confirmation threshold. The remainder is then added to the latest
        ones. In the detection band, real beats differ from each other by more than the noise.
        """
        return left / max(1.0, _usual(self._left, left))

    def over_usual_whole(self, margin: float) -> float:
        """Return the same for a beat that only `find_slow` recognizes, of which nothing was removed."""
        return margin / max(1.0, _usual(self._whole, margin))

    def confirm(self, recent: Recent, beat: Beat, seen: Rows, usable: NDArray[np.bool_]) -> None:
        """Add a recognized beat to the rhythm and to the template; `seen` is what `take_out` returned."""
        self._rhythm.follow(recent.start + beat.start)
        self._known_in_band = recent.start + beat.start
        if self._template is not None and seen.band_uv.shape == self._template.band_uv.shape:
            self._template.follow(recent, beat, seen.band_uv, levelled(seen.raw_uv, self._rate_hz), usable)

    def due(self, index: int) -> float:
        """Return the time after the nearest expected beat, in beat intervals from -0.5 to 0.5; -1 with no heart."""
        return -1.0 if self._template is None else self._rhythm.due(index - self._before)

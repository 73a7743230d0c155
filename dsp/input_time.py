"""Conversion of sample indices of the (possibly decimated) detector signal to those of the input signal."""

import math
from dataclasses import replace

from dsp.doubt.contacts import ContactLog
from dsp.events import ANSWER_S, CANDIDATE_S, Candidate, TwitchEvent


class InputTime:
    """Converter of candidates and events to samples and seconds of the input signal; adds the latency of events.

    Parameters
    ----------
    sampling_rate_hz : float
        Sampling rate of the input signal.
    factor : int
        Decimation factor from the input signal to the detector signal.
    delay_samples : int
        Delay of the decimator in input samples.
    contacts : ContactLog
        Needle contacts in input samples.
    """

    def __init__(self, sampling_rate_hz: float, factor: int, delay_samples: int, contacts: ContactLog) -> None:
        self.sampling_rate_hz = sampling_rate_hz
        self._factor = factor
        self._delay_samples = delay_samples
        self._contacts = contacts

    def index(self, index: int) -> int:
        """Return the input sample shown by a detector sample, corrected for the delay of the decimator."""
        return max(0, self.decided_index(index) - self._delay_samples)

    def decided_index(self, index: int) -> int:
        """Return the last input sample that a detector sample depends on."""
        return index * self._factor + self._factor - 1

    def candidate(self, onset_index: int, channel: int, decided_index: int) -> Candidate:
        """Return a candidate in input samples, with its onset at most `CANDIDATE_S` before its decision."""
        decided = self.decided_index(decided_index)
        onset = max(self.index(onset_index), decided - math.floor(CANDIDATE_S * self.sampling_rate_hz), 0)
        return Candidate(onset, onset / self.sampling_rate_hz, channel, decided)

    def event(self, event: TwitchEvent) -> TwitchEvent:
        """Return an event in input samples and seconds, with its latency."""
        decided = self.decided_index(event.decided_index)
        offset = min(self.index(event.offset_index), decided)
        onset = min(self.index(event.onset_index), offset)
        since_contact_s = self._contacts.seconds_before(onset, decided)
        return replace(
            event,
            onset_index=onset,
            offset_index=offset,
            onset_s=onset / self.sampling_rate_hz,
            offset_s=offset / self.sampling_rate_hz,
            latency_ms=round(1e3 * since_contact_s, 3) if since_contact_s < ANSWER_S else None,
            decided_index=decided,
        )

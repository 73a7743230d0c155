"""From samples of the signal that is looked at to those of the signal that came in, which may have been faster."""

import math
from dataclasses import replace

from dsp.doubt.contacts import ANSWER_S, ContactLog
from dsp.events import CANDIDATE_S, Candidate, TwitchEvent


class InputTime:
    """Tells events by the samples and seconds of the signal that came in, with the latency from its contacts.

    Parameters
    ----------
    sampling_rate_hz : float
        Of the signal that comes in.
    factor : int
        How many of its samples are one of the signal that is looked at.
    delay_samples : int
        By so many of its samples the decimator is late.
    contacts : ContactLog
        What is known of needle contacts, by samples that come in.
    """

    def __init__(self, sampling_rate_hz: float, factor: int, delay_samples: int, contacts: ContactLog) -> None:
        self.sampling_rate_hz = sampling_rate_hz
        self._factor = factor
        self._delay_samples = delay_samples
        self._contacts = contacts

    def index(self, index: int) -> int:
        """Return the sample that came in when what this sample shows was there."""
        return max(0, self.decided_index(index) - self._delay_samples)

    def decided_index(self, index: int) -> int:
        """Return the last sample that came in before this one was known."""
        return index * self._factor + self._factor - 1

    def candidate(self, onset_index: int, channel: int, decided_index: int) -> Candidate:
        """Return a candidate by samples that came in, begun at most `CANDIDATE_S` before it was known."""
        decided = self.decided_index(decided_index)
        onset = max(self.index(onset_index), decided - math.floor(CANDIDATE_S * self.sampling_rate_hz), 0)
        return Candidate(onset, onset / self.sampling_rate_hz, channel, decided)

    def event(self, event: TwitchEvent) -> TwitchEvent:
        """Return an event by samples that came in, and seconds."""
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

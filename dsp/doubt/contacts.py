"""Needle contacts that hardware stamped, and how much a burst is doubted that follows none.

A reflex answer begins 10 to 100 ms after the contact that it answers. Once a stream's own sure twitches are seen to
keep to that, a burst at another time is hardly one. A contact only takes from a probability, never adds: what comes at
the right time may be a tap reflex just as well. Where nothing is stamped, or not for long, nothing is taken.
"""

import math
from bisect import bisect_right, insort

ANSWER_S = 0.5
"""A twitch that begins so soon after a contact or a pass answers it; what begins later has no latency."""

LOCKED_S = 0.1
"""A reflex has begun so soon after its contact (10 to 100 ms, from nerve velocities and human reflexes)."""

EARLY_S = 0.02
"""An onset may be told too early, mostly at 250 samples a second: a contact so soon after it counts."""

STAMPED_S = 10.0
"""So long after a contact the next one is still to come, after a pause between two bouts at the latest. Later nothing
is doubted: the switch may be out of use."""

SURE = 0.9
"""Probability of a burst, its time left aside, from which on it tells whether this stream's twitches are locked."""

PRIOR_LOCKED, PRIOR_LOOSE, MOST_BURSTS = 3.0, 1.0, 20.0
"""Sure bursts that are taken as seen before the first one, as a contact's switch may close at any moment of a pass; and
how many count in all: with more, the older ones fade, as a switch may come loose."""

LEAST_SHIFT = 0.03
"""The odds of a burst that follows no contact are multiplied by no less."""

REMEMBERED_S = 60.0
"""No verdict looks back further."""

NO_CONTACT = "not after a needle contact"
"""Reason of a verdict that would have been a twitch at another time."""


class ContactLog:
    """The last contacts, by sample, and from which sample on each was known.

    Parameters
    ----------
    sampling_rate_hz : float
        Of the signal in whose samples they are told.
    """

    def __init__(self, sampling_rate_hz: float) -> None:
        self._rate_hz = sampling_rate_hz
        self._contacts: list[tuple[int, int]] = []

    def note(self, index: int, known_index: int) -> None:
        """Remember a contact."""
        insort(self._contacts, (index, known_index))

    def forget(self, index: int) -> None:
        """Forget what lies long before a sample."""
        while self._contacts and self._contacts[0][0] < index - REMEMBERED_S * self._rate_hz:
            self._contacts.pop(0)

    def seconds_before(self, index: int, decided_index: int) -> float:
        """Return how long before a sample the last contact was, infinite without one.

        Parameters
        ----------
        index : int
            Where a burst begins.
        decided_index : int
            What was not known yet there does not count, so that no chunking makes a difference.
        """
        place = bisect_right(self._contacts, (index, math.inf))
        while place > 0:
            place -= 1
            contact, known = self._contacts[place]
            if known <= decided_index:
                return (index - contact) / self._rate_hz
        return math.inf


class ContactLock:
    """How closely the twitches of a stream follow the contacts."""

    def __init__(self) -> None:
        self._locked = PRIOR_LOCKED
        self._loose = PRIOR_LOOSE

    def shift(self, since_contact_s: float) -> float:
        """Return by what the odds of a twitch are multiplied that begins so long after a contact, at most 1.

        It is the share of sure bursts that followed no contact, over that where there is no lock.
        """
        if since_contact_s <= LOCKED_S or since_contact_s > STAMPED_S:
            return 1.0
        return max(LEAST_SHIFT, min(1.0, 2.0 * self._loose / (self._locked + self._loose)))

    def note(self, since_contact_s: float, probability: float) -> None:
        """Learn from a burst, by its probability with its time left aside."""
        if probability < SURE or since_contact_s > STAMPED_S:
            return
        if since_contact_s <= LOCKED_S:
            self._locked += 1.0
        else:
            self._loose += 1.0
        fading = min(1.0, MOST_BURSTS / (self._locked + self._loose))
        self._locked *= fading
        self._loose *= fading

"""Needle contacts stamped by hardware, and the reduced confidence in bursts that follow none.

A reflex response begins 10 to 100 ms after the contact that evokes it. Once the clear twitches of a stream have been
seen to follow contacts, a burst at another time is unlikely to be one. A contact only lowers a probability and never
raises it: a burst at the right time may just as well be a tap reflex. Nothing is lowered where no contact is stamped,
or none for a long time.
"""

import math
from bisect import bisect_right, insort

LOCKED_S = 0.1
"""A reflex begins within this time of its contact (10 to 100 ms, from nerve velocities and human reflexes)."""

STAMPED_S = 10.0
"""Time after a contact within which the next one is expected, even after a pause between two bouts. After it no burst
is doubted: the switch may be out of use."""

SURE = 0.9
"""Probability, irrespective of contacts, from which a burst counts as evidence of whether this stream's twitches are
locked to them."""

PRIOR_LOCKED, PRIOR_LOOSE, MOST_BURSTS = 3.0, 1.0, 20.0
"""Clear bursts assumed before the first one, locked to contacts and not, as a contact's switch may close at any moment
of a pass; and the most that count in all. Beyond that the older ones fade, as a switch may come loose."""

LEAST_SHIFT = 0.03
"""Smallest factor on the odds of a burst that follows no contact."""

REMEMBERED_S = 60.0
"""No verdict needs contacts older than this."""

NO_CONTACT = "not after a needle contact"
"""Reason for a burst that would have been classified as a twitch at another time."""


class ContactLog:
    """The last contacts: sample of each, and the sample from which on it was known.

    Parameters
    ----------
    sampling_rate_hz : float
        Rate of the signal whose samples are counted.
    """

    def __init__(self, sampling_rate_hz: float) -> None:
        self._rate_hz = sampling_rate_hz
        self._contacts: list[tuple[int, int]] = []

    def note(self, index: int, known_index: int) -> None:
        """Record a contact."""
        insort(self._contacts, (index, known_index))

    def forget(self, index: int) -> None:
        """Discard contacts more than `REMEMBERED_S` before a sample."""
        while self._contacts and self._contacts[0][0] < index - REMEMBERED_S * self._rate_hz:
            self._contacts.pop(0)

    def seconds_before(self, index: int, decided_index: int) -> float:
        """Return the time from the last contact to a sample, infinite if there was none.

        Parameters
        ----------
        index : int
            Onset of a burst.
        decided_index : int
            Sample at which the verdict is given. Contacts that became known later are ignored, so that chunking makes
            no difference.
        """
        place = bisect_right(self._contacts, (index, math.inf))
        while place > 0:
            place -= 1
            contact, known = self._contacts[place]
            if known <= decided_index:
                return (index - contact) / self._rate_hz
        return math.inf


class ContactLock:
    """Estimate of how closely the twitches of a stream follow the contacts."""

    def __init__(self) -> None:
        self._locked = PRIOR_LOCKED
        self._loose = PRIOR_LOOSE

    def shift(self, since_contact_s: float) -> float:
        """Return the factor, at most 1, on the odds of a twitch that begins this long after a contact.

        It is the share of clear bursts that followed no contact, over one half, the share where there is no lock.
        """
        if since_contact_s <= LOCKED_S or since_contact_s > STAMPED_S:
            return 1.0
        return max(LEAST_SHIFT, min(1.0, 2.0 * self._loose / (self._locked + self._loose)))

    def note(self, since_contact_s: float, probability: float) -> None:
        """Learn from a burst, given its probability irrespective of contacts."""
        if probability < SURE or since_contact_s > STAMPED_S:
            return
        if since_contact_s <= LOCKED_S:
            self._locked += 1.0
        else:
            self._loose += 1.0
        fading = min(1.0, MOST_BURSTS / (self._locked + self._loose))
        self._locked *= fading
        self._loose *= fading

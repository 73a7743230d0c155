"""From the feed to the mixer: which verdict is played as what, and the EMG at the pace of the sound card."""

from collections.abc import Sequence

import numpy as np

from acquisition.core import Role
from dsp import Candidate
from twitchscope.electrodes.contact import is_watched
from twitchscope.live.audio.mixer import Mixer
from twitchscope.live.audio.tones import Cue
from twitchscope.live.audio.voice import EmgVoice, Piece
from twitchscope.live.feed import Feed, Found
from twitchscope.live.status import is_worth_a_look

SPARE_S = 0.02
"""EMG that should still wait when more comes: two buffers of a usual sound card."""

LONGEST_PIECE_S = 0.5
"""What comes later than that is not caught up with."""

MOST_BEND = 0.02
"""The EMG is played faster or slower by at most this share, so that it neither runs out nor falls behind."""

BEND_PER_S = 0.1
"""By what share for each second of EMG that waits beyond `SPARE_S`."""

FORGET_SHARE = 0.98
"""How slowly the longest block is forgotten, by each that comes."""


class Player:
    """Feeds a mixer; without thread or device, so that a session can be rendered into a file as well.

    Parameters
    ----------
    feed : Feed
        Where samples and verdicts come from.
    rate_hz : float
        Of the device.

    Attributes
    ----------
    mixer : Mixer
        What the device asks.
    """

    def __init__(self, feed: Feed, rate_hz: float) -> None:
        self.mixer = Mixer(rate_hz)
        self._feed = feed
        self._voice: EmgVoice | None = None
        self._channel = -1
        self._next_index = 0
        self._longest_s = 0.0

    def hear(self, found: Sequence[Found]) -> None:
        """Let the verdicts among these be heard; a candidate is not one."""
        for one in found:
            if not isinstance(one.told, Candidate) and is_worth_a_look(one.told):
                self.mixer.play(Cue.TWITCH if one.told.label == "twitch" else Cue.NOT_A_TWITCH, one.arrival_s)

    def pump(self, channel: int, is_gated: bool) -> None:
        """Turn what has come since the last call into sound.

        Parameters
        ----------
        channel : int
            Which one is listened to.
        is_gated : bool
            Whether it is silent near its resting baseline.
        """
        info, mixer = self._feed.info, self.mixer
        rate_hz = info.sampling_rate_hz
        if not self._feed.keeps_time:
            return  # played faster or slower it would be another sound
        latest = self._feed.end_index - round(LONGEST_PIECE_S * rate_hz)
        samples = self._feed.samples_from(max(self._next_index, latest))
        if not len(samples.counts):
            return
        if self._voice is None or self._channel != channel or samples.first_index != self._next_index:
            self._voice = EmgVoice(rate_hz, mixer.rate_hz, info.bandwidth_hz)
            self._channel = channel
        self._voice.is_gated = is_gated
        self._next_index = samples.first_index + len(samples.counts)
        self._longest_s = max(FORGET_SHARE * self._longest_s, len(samples.counts) / rate_hz)
        mixer.n_ready = round((self._longest_s + SPARE_S) * mixer.rate_hz)
        spare_s = mixer.voice.n_waiting / mixer.rate_hz
        bend = 1.0 + float(np.clip(BEND_PER_S * (spare_s - SPARE_S), -MOST_BEND, MOST_BEND))
        raw_uv, state = info.to_microvolts(samples.counts)[:, channel], self._feed.state
        bad = ~samples.valid | (np.abs(raw_uv) >= info.full_scale_uv[channel])
        if not state.is_usable[channel]:
            bad[:] = True
        mixer.voice.put(self._voice.sound(Piece(raw_uv, bad, state.baseline_rms_uv[channel], state.mains_hz), bend))


def channels_to_hear(feed: Feed) -> list[int]:
    """Return the numbers of the channels that can be listened to: a needle first, then the needled band, the rest."""
    channels = feed.info.channels
    watched = [n for n, channel in enumerate(channels) if is_watched(channel.role)] or [0]

    def rank(n: int) -> int:
        if channels[n].role is Role.NEEDLE:
            return 0
        return 1 if channels[n].needled_band else 2 if channels[n].role is Role.SURFACE else 3

    return sorted(watched, key=rank)

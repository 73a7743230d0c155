"""Player from the feed to the mixer: verdicts as cues, and the EMG at the pace of the sound card."""

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
"""EMG that should still wait when more arrives: two buffers of a usual sound card."""

LONGEST_PIECE_S = 0.5
"""EMG older than this is skipped."""

MOST_BEND = 0.02
"""Largest relative change of the playing speed, which keeps the EMG from running out or falling behind."""

BEND_PER_S = 0.1
"""Relative change of speed per second of EMG that waits beyond `SPARE_S`."""

FORGET_SHARE = 0.98
"""Factor per new block by which the length of the longest block decays."""


class Player:
    """Player that feeds a mixer, without thread or device, so that a session can be rendered into a file as well.

    Parameters
    ----------
    feed : Feed
        Source of samples and verdicts.
    rate_hz : float
        Sampling rate of the device.

    Attributes
    ----------
    mixer : Mixer
        Mixer from which the device gets its samples.
    """

    def __init__(self, feed: Feed, rate_hz: float) -> None:
        self.mixer = Mixer(rate_hz)
        self._feed = feed
        self._voice: EmgVoice | None = None
        self._channel = -1
        self._next_index = 0
        self._longest_s = 0.0

    def hear(self, found: Sequence[Found]) -> None:
        """Play the cues of the verdicts in `found`; candidates are ignored."""
        for one in found:
            if not isinstance(one.result, Candidate) and is_worth_a_look(one.result):
                self.mixer.play(Cue.TWITCH if one.result.label == "twitch" else Cue.NOT_A_TWITCH, one.arrival_s)

    def pump(self, channel: int, is_gated: bool) -> None:
        """Convert the samples since the last call to sound.

        Parameters
        ----------
        channel : int
            Number of the channel to play.
        is_gated : bool
            Whether the channel is silent near its resting baseline.
        """
        info, mixer = self._feed.info, self.mixer
        rate_hz = info.sampling_rate_hz
        if not self._feed.keeps_time:
            return  # at another speed it would sound different
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
    """Return the numbers of the channels that can be played: needles, then those of the needled band, then others."""
    channels = feed.info.channels
    watched = [n for n, channel in enumerate(channels) if is_watched(channel.role)] or [0]

    def rank(n: int) -> int:
        if channels[n].role is Role.NEEDLE:
            return 0
        return 1 if channels[n].needled_band else 2 if channels[n].role is Role.SURFACE else 3

    return sorted(watched, key=rank)

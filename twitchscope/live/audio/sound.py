"""Sound of a session: verdicts as soon as they are reported, and the raw EMG of one channel."""

import threading
from collections.abc import Callable, Sequence

from acquisition.core import Block, Clock
from twitchscope.ending import LONGEST_END_S
from twitchscope.live.audio.device import AudioOutput, NoSound
from twitchscope.live.audio.mixer import LOUDEST
from twitchscope.live.audio.player import Player, channels_to_hear
from twitchscope.live.audio.tones import Cue
from twitchscope.live.failure import failure_text
from twitchscope.live.feed import Feed, Found
from twitchscope.live.latency import Latency
from twitchscope.session.listeners import SessionListener
from twitchscope.words import for_later, tr

LOOK_S = 0.25
"""Longest interval at which the thread checks, without new samples, whether the device is still there."""

USUAL_VOLUME = 7


class Sound(SessionListener):
    """Player of a session in its own thread; without a device it reports why, and everything else continues.

    Parameters
    ----------
    feed : Feed
        Source of samples and verdicts.
    clock : Clock
        Clock of the board.
    open_output : callable or None
        Opens the device, may take seconds, raises `NoSound`; None for no sound at all.

    Attributes
    ----------
    problem : str or None
        Why nothing is heard, once known.
    channel : int
        Number of the channel that is played.
    volume : int
        0 to `LOUDEST`.
    is_muted, is_masked : bool
        Whether the user muted the sound, and whether verdicts are hidden; nothing is heard in either case.
    is_gated : bool
        Whether the EMG is silent near its resting baseline.
    latency : Latency
        Latency from the arrival of a twitch's last sample to the start of its sound.
    """

    name = for_later("the sound")

    def __init__(self, feed: Feed, clock: Clock, open_output: Callable[[], AudioOutput] | None) -> None:
        self.problem: str | None = None
        self.volume = USUAL_VOLUME
        self.is_muted = False
        self.is_masked = False
        self.is_gated = True
        self.latency = Latency()
        self._feed = feed
        self._clock = clock
        self._open_output = open_output
        self._channels = channels_to_hear(feed)
        self.channel = self._channels[0]
        self._player: Player | None = None
        self._output: AudioOutput | None = None
        self._wake = threading.Event()
        self._is_ending = False
        self._thread = threading.Thread(target=self._run, name="sound", daemon=True)

    @property
    def is_wanted(self) -> bool:
        """False if no sound was requested."""
        return self._open_output is not None

    @property
    def is_playing(self) -> bool:
        """True while the device is open and present."""
        return self._player is not None and self.problem is None

    @property
    def n_underruns(self) -> int:
        """Number of times that the device or the EMG had nothing to play."""
        output, player = self._output, self._player
        if output is None or player is None:
            return 0
        return output.n_underruns + player.mixer.n_underruns

    def text(self) -> str:
        """Return a few words on what is heard."""
        if not self.is_wanted:
            return tr("sound off")
        if self.problem is not None:
            return tr("no sound")
        if self.is_muted or self.volume == 0:
            return tr("muted")
        name = self._feed.info.channels[self.channel].name
        heard = tr("bursts of {name}").format(name=name) if self.is_gated else name
        what = heard if self._feed.keeps_time else tr("verdicts")
        return tr("♪ {what}, volume {volume}").format(what=what, volume=self.volume)

    def start(self) -> None:
        """Open the device and play, in another thread."""
        if self.is_wanted:
            self._feed.add_listener(self._hear)
            self._thread.start()

    def stop(self) -> None:
        """Stop the sound and release the device; a device that hangs is abandoned."""
        self._is_ending = True
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(LONGEST_END_S)

    def on_block(self, block: Block | None) -> None:
        """Wake the sound thread for new samples; called in the reading thread."""
        self._wake.set()

    def next_channel(self) -> None:
        """Play the next watched channel."""
        place = self._channels.index(self.channel)
        self.channel = self._channels[(place + 1) % len(self._channels)]

    def change_volume(self, steps: int) -> None:
        """Raise the volume, or lower it with negative steps."""
        self.volume = min(LOUDEST, max(0, self.volume + steps))
        self._wake.set()

    def toggle_mute(self) -> None:
        """Toggle muting."""
        self.is_muted = not self.is_muted
        self._wake.set()

    def toggle_gate(self) -> None:
        """Toggle the gate that silences the EMG at rest."""
        self.is_gated = not self.is_gated

    def warn_of_electrodes(self) -> None:
        """Play the cue that asks to check the electrodes."""
        if self._player is not None and not self.is_masked:
            self._player.mixer.play(Cue.ELECTRODES, self._clock.now_s())

    def collect_latencies(self) -> None:
        """Record the latencies of the sounds that have started."""
        started = self._player.mixer.started if self._player is not None else None
        while started:
            one = started.popleft()
            if one.cue is Cue.TWITCH:
                self.latency.add(one.arrival_s, one.start_s)

    def _hear(self, found: Sequence[Found]) -> None:
        if self._player is not None and not self.is_masked:
            self._player.hear(found)

    def _run(self) -> None:
        assert self._open_output is not None
        try:
            self._output = output = self._open_output()
            player = Player(self._feed, output.rate_hz)
            self._set_up(player)
            output.start(lambda n_samples, wait_s: player.mixer.fill(n_samples, self._clock.now_s() + wait_s))
            self._player = player
            while not self._is_ending:
                self._wake.wait(LOOK_S)
                self._wake.clear()
                self._set_up(player)
                player.pump(self.channel, self.is_gated)
                if not output.is_playing:
                    raise NoSound(
                        tr("{name} is gone; plug it in and start the program anew to hear it again").format(
                            name=output.name
                        )
                    )
        except Exception as error:  # the window reports any error
            self.problem = failure_text(error)
        finally:
            if self._output is not None:
                self._output.close()

    def _set_up(self, player: Player) -> None:
        player.mixer.volume, player.mixer.is_muted = self.volume, self.is_muted or self.is_masked

"""Driver of the OpenBCI Cyton, with or without Daisy, over its dongle or any serial port with the same protocol."""

import contextlib
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from acquisition.core import (
    ADS1299_BANDWIDTH_PER_RATE,
    AcquisitionError,
    Block,
    Board,
    BoardConfigError,
    BoardInfo,
    BoardUrl,
    Clock,
    LinkError,
    ProtocolError,
    Role,
    Setup,
    Silence,
    ads1299_channels,
    make_block,
)
from acquisition.drivers import _cyton_settling as settling
from acquisition.drivers._cyton_console import Banner, Console, NoAnswer, reported_rate
from acquisition.drivers._cyton_options import CytonOptions, DaisyChoice, options_from_url
from acquisition.drivers._cyton_self_test import CytonSelfTest
from acquisition.drivers._cyton_stream import CytonStream, Run
from acquisition.drivers._cyton_wired import (
    cause_of_reset,
    declare_needles,
    find_baud,
    has_sync_output,
    is_wired,
    loss_report,
    raise_baud,
    restore_baud,
)
from acquisition.link.aux_layouts import AUX_PLANS, AuxMode
from acquisition.link.link import Link
from acquisition.link.port import open_port
from acquisition.link.ports import find_again, serial_number_of
from acquisition.link.protocol import (
    DAISY_BANDWIDTH_PER_RATE,
    DEFAULT_BAUD,
    DONGLE_RATE_SPS,
    N_CHIP_CHANNELS,
    QUERY_COUNTS,
    QUERY_RATE,
    START,
    STOP,
    SYNC_PULSE,
    packets_per_second,
)

BATCH_S = 0.004
"""Interval of reads in seconds when more than two packets come in this time: waking up for each packet would cost more
than processing it."""

REFIT_S = 1.0
"""Interval in seconds at which the fitted rate is passed to the counter unwrapper."""

MAX_RATE_ERROR = 0.05
"""A fitted rate with a larger relative deviation from nominal is not a clock error and is not passed on."""

LinkFactory = Callable[[str, int, Clock], Link]


def board_from_url(url: BoardUrl, setup: Setup, clock: Clock) -> "CytonBoard":
    """Make the board named by ``cyton:PORT?rate=250&baud=115200&daisy=auto&gain=12&aux=accel``.

    Raises
    ------
    BoardConfigError
        If an option is unknown or has a value that the board does not support.
    """
    return CytonBoard(options_from_url(url), setup, clock)


class CytonBoard(Board):
    """Cyton on a serial port.

    Channels are bipolar pairs: normal input, SRB1 and SRB2 off, in the bias drive unless their role is ``needle``. A
    channel whose role is ``off`` is powered down, its inputs are shorted, and it reads 0.

    Parameters
    ----------
    options : CytonOptions
        Port and settings of the board.
    setup : Setup, optional
        Channel settings given by the user.
    clock : Clock, optional
        Host clock.
    open_link : callable, optional
        Opens the link, given port, baud rate and clock; a serial port by default.
    serial_number, firmware_before : str, optional
        USB serial number of the dongle, and firmware of the board, where they are known from an earlier opening.
    """

    def __init__(
        self,
        options: CytonOptions,
        setup: Setup | None = None,
        clock: Clock | None = None,
        open_link: LinkFactory = open_port,
        *,
        serial_number: str = "",
        firmware_before: str = "",
    ) -> None:
        super().__init__(setup, clock)
        self.options = options
        self.banner: Banner | None = None
        self._open_link = open_link
        self._link: Link | None = None
        self._serial_number, self._firmware_before = serial_number, firmware_before
        self._stream: CytonStream | None = None
        self._self_test: CytonSelfTest | None = None
        self._runs: deque[Run] = deque()
        self._gains: tuple[int, ...] = ()
        self._rate_sps = 0
        self._has_daisy = False
        self._is_wired = False
        self._lead_off_is_dc = self._pulse_is_asked = False
        self._baud = options.baud
        self._aux = options.aux if options.aux is not None else AuxMode.ACCEL

    @property
    def has_sync_output(self) -> bool:
        """Whether the board is wired, has a sync output and sends its state in the packets."""
        return self.banner is not None and has_sync_output(self.banner.firmware) and self._aux is AuxMode.EVENTS

    @property
    def self_test(self) -> CytonSelfTest | None:
        """Self test of the open board; None while it is closed."""
        return self._self_test

    def pulse_sync(self) -> None:
        """Pulse the sync output, see `Board.pulse_sync`. The reading thread sends the command."""
        self._pulse_is_asked = self.has_sync_output

    def renew(self) -> "CytonBoard":
        """Return a closed board for the same dongle at its present port, with the settings of this one."""
        options = self.options
        if self._gains:
            options = replace(
                options,
                port=find_again(options.port, self._serial_number),
                rate_sps=self._rate_sps,
                daisy=settling.settled(options.daisy, self._has_daisy),
            )
        return CytonBoard(
            options,
            self.setup,
            self.clock,
            self._open_link,
            serial_number=self._serial_number,
            firmware_before=self._firmware_before if self.banner is None else self.banner.firmware,
        )

    def _open(self) -> BoardInfo:
        link = self._link = self._open_link(self.options.port, self.options.baud, self.clock)
        self._serial_number = serial_number_of(self.options.port) or self._serial_number
        if link.latency_advice:
            self.notes.append(link.latency_advice)
        console = Console(link)
        self.banner = self._reset(console, link)
        settling.require_converter(self.banner)
        self.notes += settling.firmware_notes(self._firmware_before, self.banner.firmware)
        self._is_wired = is_wired(self.banner.firmware)
        if self._is_wired and self.options.aux is None:
            self._aux = AuxMode.EVENTS
        self._has_daisy = settling.settle_daisy(console, self.options.daisy, self.banner)
        self._rate_sps = self._settle_rate(console, link)
        settling.settle_aux(console, self._aux)
        n_channels = N_CHIP_CHANNELS * (2 if self._has_daisy else 1)
        self._gains = settling.settled_gains(self.setup, n_channels, self.options.gain)
        # Last, because the rate command and the reset set every channel back to gain 24 with SRB2.
        self._connect_electrodes(console)
        if self.options.daisy is DaisyChoice.WHOLE:
            self.rate_hint = "daisy=whole asks for two packets a sample: does this board send means of two (daisy=yes)?"
        elif self._rate_sps != DONGLE_RATE_SPS and not self._is_wired:
            self.rate_hint = f"the dongle carries {DONGLE_RATE_SPS} SPS only"
        self._self_test = CytonSelfTest(
            self._idle_console,
            self._connect_electrodes,
            self._name(),
            self.setup,
            n_channels,
            self._rate_sps,
            settling.settled(self.options.daisy, self._has_daisy),
            self._lead_off_is_dc,
        )
        return self._describe()

    def _reset(self, console: Console, link: Link) -> Banner:
        """Reset the board at the baud rate at which it was left, and return its banner."""
        self._baud = self.options.baud
        try:
            return console.reset()
        except (NoAnswer, ProtocolError):
            baud = find_baud(link, self._baud)
            if baud is None:
                raise
            self._baud = baud
            return console.reset()

    def _settle_rate(self, console: Console, link: Link) -> int:
        """Set the requested rate, or query the board's own, and return it."""
        requested_sps = self.options.rate_sps
        if requested_sps is None and self._is_wired:
            requested_sps = reported_rate(console.ask(QUERY_RATE))
        if requested_sps is not None and self._is_wired and requested_sps > packets_per_second(self._baud):
            self._baud = raise_baud(link, requested_sps)
        capacity_sps = packets_per_second(self._baud) / self.options.packets_per_conversion
        if requested_sps is None:
            rate_sps = reported_rate(console.ask(QUERY_RATE)) or DONGLE_RATE_SPS
            if rate_sps <= capacity_sps or not link.is_baud_limited:
                return rate_sps
            self.notes.append(f"the board was set to {rate_sps} SPS, which {self._baud} baud do not carry")
            requested_sps = DONGLE_RATE_SPS
        if requested_sps > capacity_sps and link.is_baud_limited:
            raise BoardConfigError(
                f"{requested_sps} SPS do not fit through {self.options.port} at {self._baud} baud, which carries "
                f"{capacity_sps:.0f}: the dongle carries {DONGLE_RATE_SPS} SPS only, another board may take baud="
            )
        settling.set_rate(console, requested_sps)
        self._lead_off_is_dc = not self._is_wired  # the stock firmware's rate command resets the 31 Hz setting
        return requested_sps

    def _connect_electrodes(self, console: Console) -> None:
        if self._is_wired:
            roles = [self.setup.of(number).role for number in range(1, len(self._gains) + 1)]
            declare_needles(console, [role is Role.NEEDLE for role in roles])
        settling.connect_electrodes(console, self.setup, self._gains)

    def _describe(self) -> BoardInfo:
        bandwidth_hz = ADS1299_BANDWIDTH_PER_RATE * self._rate_sps
        rate_hz = float(self._rate_sps)
        if self._sends_means:
            rate_hz /= 2.0
            bandwidth_hz = DAISY_BANDWIDTH_PER_RATE * rate_hz
        return BoardInfo(
            self._name(),
            rate_hz,
            ads1299_channels(self._gains),
            bandwidth_hz,
            AUX_PLANS[self._aux].columns,
            counter_bits=8,
        )

    def _name(self) -> str:
        if self._is_wired:
            return "TwitchScope ADS1299"
        return "CytonDaisy" if self._has_daisy else "Cyton"

    def _start(self) -> None:
        link = self._opened()
        link.read_available(0.0)
        link.write(START)
        now_s = self.clock.now_s()
        packet_rate_hz = self._rate_sps * self.options.packets_per_conversion
        self._stream = CytonStream(packet_rate_hz, now_s, self._aux, self._has_daisy, int(self._sends_means))
        self._batch_s = BATCH_S if packet_rate_hz * BATCH_S > 2.0 else 0.0
        self._runs.clear()
        self._arrival_s = now_s
        self._silence = Silence(now_s)
        self._pulse_is_asked = False
        self._next_refit_s = now_s

    def _read(self, timeout_s: float) -> Block:
        stream = self._stream
        assert stream is not None, "the board is read while it streams"
        if self._pulse_is_asked:
            self._opened().write(SYNC_PULSE)
            self._pulse_is_asked = False
        if not self._runs:
            self.clock.wait_s(self._arrival_s + self._batch_s - self.clock.now_s())
            data = self._opened().read_available(timeout_s)
            self._arrival_s = self.clock.now_s()
            n_before = stream.n_packets
            self._runs.extend(stream.feed(data, self._arrival_s))
            if stream.n_packets > n_before:
                self._silence.end(self._arrival_s)
            else:
                self._silence.go_on(self._arrival_s, timeout_s)
            self._follow_rate(stream)
            self._raise_trouble(stream)
        if not self._runs:
            return self._empty_block()
        run = self._runs.popleft()
        return make_block(run.first_index, run.counts, self._arrival_s, run.aux)

    def _follow_rate(self, stream: CytonStream) -> None:
        """Pass the board's fitted rate to the counter unwrapper."""
        if self._arrival_s < self._next_refit_s:
            return
        self._next_refit_s = self._arrival_s + REFIT_S
        ratio = self.sample_clock.sampling_rate_hz / self.sample_clock.nominal_rate_hz
        if abs(ratio - 1.0) <= MAX_RATE_ERROR:
            stream.unwrapper.sampling_rate_hz = self._rate_sps * self.options.packets_per_conversion * ratio

    def _raise_trouble(self, stream: CytonStream) -> None:
        """Raise LinkError for a failure or a broken stream, once all samples before it are returned."""
        if self._runs:
            return
        if failure := stream.failure():
            if "buffer overflowed" in failure:
                failure += "; its channel settings are gone, so open it again"
            raise LinkError(f"the board broke off: {failure}")
        if self._silence.is_broken:
            raise LinkError(self._why_silent(stream))
        if self._silence.should_report():
            self.notes.append(f"nothing has come from the board for {self._silence.lasted_s:.1f} s: is it in reach?")

    def _why_silent(self, stream: CytonStream) -> str:
        if self._is_wired and (cause := cause_of_reset(self._opened(), self._baud)):
            return f"the board broke off: it was reset in mid-stream ({cause})"
        return stream.why_no_packets(self._silence.broken_s)

    def _stop(self) -> None:
        self._stream = None
        self._runs.clear()
        link = self._opened()
        link.write(STOP)
        console = Console(link)
        console.drain()
        is_deaf = self._silence.is_broken  # the board would not answer a query of its loss counters
        if self._is_wired and not is_deaf and (losses := loss_report(console.ask(QUERY_COUNTS))):
            self.notes.append(losses)

    def _close(self) -> None:
        if self._pulse_is_asked:
            self.notes.append("no sync pulse was sent: the stream broke off or ended before it was")
        link, self._link, self._stream, self._pulse_is_asked = self._link, None, None, False
        self._self_test = None
        if link is None:
            return
        if self._is_wired and self._baud != DEFAULT_BAUD:
            with contextlib.suppress(LinkError):  # a board that is gone keeps its baud rate
                restore_baud(link)
        link.close()

    @property
    def _sends_means(self) -> bool:
        return self._has_daisy and self.options.daisy is not DaisyChoice.WHOLE

    def _idle_console(self) -> Console:
        if self._stream is not None:
            raise AcquisitionError("the board takes this command while it does not stream: call stop() first")
        return Console(self._opened())

    def _opened(self) -> Link:
        if self._link is None:
            raise AcquisitionError("the board takes commands while it is open: call open() first")
        return self._link

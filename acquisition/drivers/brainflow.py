"""Driver for all BrainFlow boards with EMG or EXG channels.

For example ``brainflow:CYTON_BOARD?serial_port=/dev/ttyUSB0`` and ``brainflow:SYNTHETIC_BOARD``. The driver adds what
BrainFlow lacks: it detects losses by the board's counter, reports a stream that stops silently, converts µV back to
the converter's counts, and gives the likely cause of errors.

BrainFlow's own setting of the board is kept unless ``config=`` changes it. On a Cyton it is gain 24 with all channels
against SRB2, which is not bipolar EMG; ``config=x1050100X`` makes channel 1 bipolar at gain 12. The driver ``cyton:``
does that by itself.
"""

import contextlib
import copy
import os
from pathlib import Path
from typing import Any

import numpy as np
from brainflow.board_shim import BoardIds, BoardShim, BrainFlowError, BrainFlowInputParams
from brainflow.exit_codes import BrainFlowExitCodes
from numpy.typing import NDArray

from acquisition.core import (
    REPORTED_SILENCE_S,
    AcquisitionError,
    Block,
    Board,
    BoardConfigError,
    BoardInfo,
    BoardNotFound,
    BoardUrl,
    Clock,
    LinkError,
    Setup,
    Silence,
)
from acquisition.drivers._brainflow_library import find_library_beside_module, why_it_does_not_load
from acquisition.drivers._brainflow_trouble import trouble
from acquisition.drivers.brainflow_config import BoardConfig, check_reply, must_answer
from acquisition.drivers.brainflow_layout import Layout, converter_of, placer_of
from acquisition.link.ports import find_again, resolve, serial_number_of
from acquisition.link.protocol import STOP

POLL_S = 0.010
"""Interval of polling BrainFlow's buffer in seconds, since BrainFlow has no blocking read. It adds half of this to the
latency."""

PORT_LOOK_S = 0.25
"""Silence in seconds after which the port is checked: the port of an unplugged dongle disappears."""

FIRST_SAMPLE_S = 5.0
"""Longest wait for the first sample after a start in seconds; over Bluetooth it may take seconds."""

MIN_SILENT_SAMPLES = 10
"""A board is considered silent or gone only when at least this many samples are missing."""

QUICK_FAILURE_S = 3.0
"""Preparation that fails sooner than this, in seconds, did not fail by a timeout: the board was left streaming. It is
stopped then, and a second attempt succeeds."""

BUFFER_S = 60.0
"""Length of BrainFlow's buffer in seconds: the longest time without a read."""

MAX_BUFFER_VALUES = 8_000_000
"""Upper limit of the size of that buffer in values, 64 MB."""

UNNUMBERED = "this board's samples carry no number that is known here: lost ones cannot be counted"

DRAINED_BOARDS = ("CYTON", "CYTON_DAISY")
"""Boards on a serial port that BrainFlow stops reading before it stops the board."""

TEXT_PARAMETERS = (
    "serial_port",
    "mac_address",
    "ip_address",
    "ip_address_aux",
    "ip_address_anc",
    "other_info",
    "serial_number",
)
NUMBER_PARAMETERS = {
    "ip_port": 65_535,
    "ip_port_aux": 65_535,
    "ip_port_anc": 65_535,
    "ip_protocol": 2,
    "timeout": 600,
}
"""Integer parameters of BrainFlow and their largest values."""


def board_from_url(url: BoardUrl, setup: Setup, clock: Clock) -> Board:
    """Make the BrainFlow board named by ``url.address``, in upper or lower case, with or without ``_BOARD``.

    Options are BrainFlow's own parameters (``serial_port``, ``mac_address``, ``ip_address``, ``ip_port``, ``timeout``,
    ``serial_number``, ``other_info``, ``master_board`` …) and ``config``, commands to send before the start.

    Raises
    ------
    BoardNotFound
        If BrainFlow has no board of this name.
    BoardConfigError
        If an option is unknown or out of range.
    """
    url.allow(*TEXT_PARAMETERS, *NUMBER_PARAMETERS, "master_board", "config")
    parameters = BrainFlowInputParams()
    for key in TEXT_PARAMETERS:
        setattr(parameters, key, url.text(key, ""))
    if parameters.serial_port:
        parameters.serial_port = resolve(parameters.serial_port)  # BrainFlow needs the full path
    for key, largest in NUMBER_PARAMETERS.items():
        setattr(parameters, key, url.whole_number(key, 0, 0, largest))
    if "master_board" in url.options:
        parameters.master_board = board_id(url.options["master_board"]).value
    return BrainFlowBoard(board_id(url.address), parameters, url.text("config", ""), setup, clock)


def board_id(name: str) -> BoardIds:
    """Return BrainFlow's number of the board `name`.

    Raises
    ------
    BoardNotFound
        If there is no such board, or it is BrainFlow's own playback.
    """
    wanted = name.upper()
    if wanted.removesuffix("_BOARD") == "PLAYBACK_FILE":
        raise BoardNotFound("BrainFlow's playback runs slower than life: play the file with playback:FILE instead")
    for candidate in (wanted, f"{wanted}_BOARD"):
        if candidate in BoardIds.__members__ and candidate != BoardIds.NO_BOARD.name:
            return BoardIds[candidate]
    raise BoardNotFound(
        f"BrainFlow has no board called {name!r}; expected for example CYTON_BOARD, CYTON_DAISY_BOARD, "
        "GANGLION_NATIVE_BOARD or SYNTHETIC_BOARD"
    )


class BrainFlowBoard(Board):
    """Board accessed through BrainFlow.

    Parameters
    ----------
    number : BoardIds
        BrainFlow's number of the board.
    parameters : BrainFlowInputParams
        Parameters of the connection.
    config : str
        Commands to send before the start; empty keeps BrainFlow's own setting.
    setup : Setup, optional
        Channel settings given by the user.
    clock : Clock, optional
        Host clock.
    serial_number : str, optional
        USB serial number of the board's port, where it is known from an earlier opening.
    """

    rate_hint = "is another rate set on the board, or does its radio carry 250 samples a second only?"

    def __init__(
        self,
        number: BoardIds,
        parameters: BrainFlowInputParams,
        config: str = "",
        setup: Setup | None = None,
        clock: Clock | None = None,
        *,
        serial_number: str = "",
    ) -> None:
        super().__init__(setup, clock)
        self._number = number
        self._parameters = parameters
        self._config = config
        self._shim: BoardShim | None = None
        self._serial_number = serial_number
        self._capacity = 0
        self._may_hold_old_packets = False

    @property
    def why_uncounted(self) -> str:
        """Why lost samples are not counted: the board's row numbers are unknown; empty otherwise."""
        return UNNUMBERED if self._layout.counter is None else ""

    def renew(self) -> "BrainFlowBoard":
        """Return a closed board with the same parameters and the present port of its device."""
        parameters = copy.copy(self._parameters)
        parameters.serial_port = find_again(parameters.serial_port, self._serial_number)
        return BrainFlowBoard(
            self._number, parameters, self._config, self.setup, self.clock, serial_number=self._serial_number
        )

    def _open(self) -> BoardInfo:
        description = self._describe()
        converter = converter_of(self._master_name(), self._parameters.other_info)
        config = BoardConfig(self._config, self._master_name(), self.setup)
        self._layout = Layout(description, converter)
        if not self._layout.signal_rows:
            raise BoardConfigError(f"BrainFlow's {self._number.name} has neither EMG nor EXG channels")
        self._n_rows = int(description["num_rows"])
        self._shim = self._prepare()
        if self._parameters.serial_port:
            self._serial_number = serial_number_of(self._parameters.serial_port) or self._serial_number
        self._may_hold_old_packets = False
        for command in config.commands:
            reply = self._call("config_board", command)
            if not reply and must_answer(command):  # lost by the radio: BrainFlow waits only for a second
                reply = self._call("config_board", command)
            check_reply(self._number.name, command, reply)
        self._layout = Layout(description, converter, config.gains(len(self._layout.signal_rows)))
        if self.why_uncounted:
            self.notes.append(self.why_uncounted)
        return self._layout.info(float(self._call("get_board_sampling_rate")))

    def _start(self) -> None:
        rate_hz = self.info.sampling_rate_hz
        self._capacity = int(max(1.0, min(BUFFER_S * rate_hz, MAX_BUFFER_VALUES / self._n_rows)))
        self._undecided: list[NDArray[np.float64]] = []
        self._report_silence_s = max(REPORTED_SILENCE_S, MIN_SILENT_SAMPLES / rate_hz)
        if self._may_hold_old_packets:
            self._drain()
        self._placer = placer_of(self._layout.counter, rate_hz, self.clock.now_s())
        self._call("start_stream", self._capacity)
        allowed_s = max(FIRST_SAMPLE_S, self._report_silence_s)
        self._silence = Silence(self.clock.now_s(), self._report_silence_s, allowed_s)

    def _read(self, timeout_s: float) -> Block | None:
        deadline_s = self.clock.now_s() + timeout_s
        while True:
            rows = self._take_rows()
            now_s = self.clock.now_s()
            block = self._place(rows, now_s)
            if block is not None:
                return block
            if self._is_gone():
                raise LinkError(self._why_silent())
            if self._silence.should_report():  # only before the first sample; later the board counts as gone
                silence = f"nothing has come from {self._number.name} yet, for {self._silence.lasted_s:.1f} s"
                self.notes.append(f"{silence}: is it in reach?")
            if now_s >= deadline_s:
                return self._empty_block()
            self.clock.wait_s(min(POLL_S, deadline_s - now_s))

    def _stop(self) -> None:
        self._may_hold_old_packets = self._master_name() in DRAINED_BOARDS
        self._call("stop_stream")

    def _close(self) -> None:
        shim, self._shim = self._shim, None
        if shim is None:
            return
        with contextlib.suppress(BrainFlowError):  # it was not prepared, so there is nothing to release
            shim.release_session()

    def _take_rows(self) -> NDArray[np.float64]:
        """Return the content of BrainFlow's buffer, shape (n_rows, n_samples)."""
        n_samples = int(self._call("get_board_data_count"))
        if n_samples >= self._capacity:
            raise LinkError(
                f"BrainFlow's buffer of {self._capacity} samples ran over, samples are lost uncounted: "
                "was the computer asleep?"
            )
        rows: NDArray[np.float64] = self._call("get_board_data") if n_samples else np.empty((self._n_rows, 0))
        return rows

    def _place(self, rows: NDArray[np.float64], now_s: float) -> Block | None:
        """Return all samples whose index is decided now, or None when there are none."""
        n_samples = rows.shape[1]
        if n_samples:
            self._silence.end(now_s)
            self._silence.broken_s = self._report_silence_s
            self._undecided.append(rows)
        else:
            self._silence.go_on(now_s, POLL_S)
        numbers = self._layout.numbers(rows) if self._layout.counter is not None else np.zeros(n_samples, np.int64)
        indices = self._placer.place(numbers, now_s)
        if not indices.size:
            return None
        decided = np.concatenate(self._undecided, axis=1)[:, indices >= 0]
        self._undecided.clear()
        indices = indices[indices >= 0]
        return self._block(decided, indices, now_s) if indices.size else None

    def _block(self, rows: NDArray[np.float64], indices: NDArray[np.int64], now_s: float) -> Block:
        """Return a block of the samples; gaps between rows hold the earlier row and are not valid."""
        places = indices - indices[0]
        source = np.searchsorted(places, np.arange(places[-1] + 1), side="right") - 1
        valid = np.zeros(source.size, np.bool_)
        valid[places] = self._layout.is_number(rows)
        return Block(int(indices[0]), self._layout.counts(rows)[source], self._layout.aux(rows)[source], valid, now_s)

    def _drain(self) -> None:
        """Discard what the board sent after BrainFlow stopped reading and before the board was stopped.

        BrainFlow would otherwise return it as the first samples of the next stream. The only call that reads the port
        is that for commands, which waits for a second of silence. Its reply consists of packets and is not valid text.
        """
        with contextlib.suppress(UnicodeDecodeError):
            self._call("config_board", STOP.decode())
        self._may_hold_old_packets = False

    def _describe(self) -> dict[str, Any]:
        """Load BrainFlow's library and return its description of the board."""
        find_library_beside_module()
        try:
            BoardShim.disable_board_logger()
            description: dict[str, Any] = BoardShim.get_board_descr(self._master_id())
        except OSError as error:
            why = why_it_does_not_load()
            raise BoardNotFound(f"BrainFlow's native library cannot be loaded: {error}{why}") from error
        except BrainFlowError as error:
            raise BoardNotFound(f"BrainFlow does not know its board {self._number.name} on this system") from error
        return description

    def _master_id(self) -> int:
        """Return the number of the board whose rows are received: of a streaming board, the board that is streamed."""
        if self._number is not BoardIds.STREAMING_BOARD:
            return int(self._number)
        if self._parameters.master_board == BoardIds.NO_BOARD:
            raise BoardConfigError("brainflow:STREAMING_BOARD needs master_board=, the board that is streamed")
        return int(self._parameters.master_board)

    def _master_name(self) -> str:
        return str(BoardIds(self._master_id()).name).removesuffix("_BOARD")

    def _prepare(self) -> BoardShim:
        """Connect to the board; try again if the first attempt fails at once because the board was left streaming."""
        began_s = self.clock.now_s()
        shim = BoardShim(int(self._number), self._parameters)
        try:
            shim.prepare_session()
        except BrainFlowError as error:
            left_streaming = (
                error.exit_code == BrainFlowExitCodes.BOARD_NOT_READY_ERROR
                and self.clock.now_s() - began_s < QUICK_FAILURE_S
            )
            if not left_streaming:
                raise trouble(error, self._number.name, self._parameters.serial_port) from error
            try:
                shim.prepare_session()
            except BrainFlowError as second:
                raise trouble(second, self._number.name, self._parameters.serial_port) from second
        return shim

    def _call(self, method: str, *arguments: object) -> Any:
        """Call BrainFlow and translate its errors."""
        if self._shim is None:
            raise AcquisitionError("the board is not open: call open() first")
        try:
            return getattr(self._shim, method)(*arguments)
        except BrainFlowError as error:
            raise trouble(error, self._number.name, self._parameters.serial_port) from error

    def _is_gone(self) -> bool:
        return self._silence.is_broken or (self._silence.lasted_s > PORT_LOOK_S and self._port_is_gone())

    def _port_is_gone(self) -> bool:
        port = self._parameters.serial_port
        return bool(port) and os.name == "posix" and not Path(port).exists()

    def _why_silent(self) -> str:
        silence = f"{self._number.name} has sent nothing for {self._silence.lasted_s:.1f} s"
        if self._port_is_gone():
            return f"{silence} and {self._parameters.serial_port} is gone: was it unplugged?"
        return f"{silence}: is it off, out of reach, unplugged, or its battery empty?"

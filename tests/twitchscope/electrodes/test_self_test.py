"""Calibration and electrode check on a simulated Cyton without a terminal: its line is a function call."""

import numpy as np
import pytest

from acquisition.core import (
    AcquisitionError,
    BoardConfigError,
    ChannelSetup,
    Clock,
    InternalSignal,
    LinkError,
    ManualClock,
    ProtocolError,
    Role,
    Setup,
    open_board,
)
from acquisition.drivers._cyton_options import CytonOptions, DaisyChoice
from acquisition.drivers._cyton_self_test import CytonSelfTest
from acquisition.drivers.cyton import CytonBoard
from acquisition.simulated.cyton.channels import Input
from acquisition.simulated.cyton.wire import SimulatedCyton
from acquisition.simulated.cyton.wire_faults import parse_faults
from twitchscope.cli import main
from twitchscope.commands import calibrate as calibrate_command
from twitchscope.commands import electrodes
from twitchscope.electrodes.self_test import (
    Calibration,
    Contact,
    calibrate,
    check_electrodes,
    look_at_signal,
    pair_impedance_ohm,
    square_amplitude_uv,
)

N_CHANNELS = 8


class DirectLine:
    """Line to a simulated Cyton whose time passes during waits."""

    is_baud_limited = False
    latency_advice = ""

    def __init__(self, cyton: SimulatedCyton) -> None:
        self.cyton = cyton
        self.clock: Clock = ManualClock(0.0)
        self.is_cut = self.is_closed = False
        self._waiting = b""

    def open(self, _port: str, _baud: int, clock: Clock) -> "DirectLine":
        self.clock = clock
        return self

    def write(self, data: bytes) -> None:
        self._waiting += self.cyton.exchange(data, self.clock.now_s())

    def read_available(self, timeout_s: float) -> bytes:
        if self.is_cut:
            raise LinkError("pulled out")
        if timeout_s > 0.0 and not self._waiting:
            self.clock.wait_s(min(timeout_s, 0.02))
        data = self._waiting + self.cyton.exchange(b"", self.clock.now_s())
        self._waiting = b""
        return data

    def set_baud(self, baud: int) -> None:
        raise AssertionError(f"a dongle keeps its baud rate, not {baud}")

    def close(self) -> None:
        self.is_closed = True


def make(
    rate_sps: int = 250, faults: tuple[str, ...] = (), setup: Setup | None = None
) -> tuple[CytonBoard, DirectLine]:
    cyton = SimulatedCyton(seed=3, sampling_rate_hz=rate_sps, scenario=None, faults=parse_faults(faults))
    line = DirectLine(cyton)
    options = CytonOptions("direct", rate_sps=rate_sps)
    return CytonBoard(options, setup, ManualClock(0.0), line.open), line


def make_with_daisy(rate_sps: int | None, daisy: DaisyChoice) -> tuple[CytonBoard, DirectLine]:
    n_packets = 2 if daisy is DaisyChoice.WHOLE else 1
    cyton = SimulatedCyton(
        seed=3, sampling_rate_hz=250, scenario=None, faults=parse_faults(()), n_daisy_channels=8,
        packets_per_sample=n_packets,
    )  # fmt: skip
    line = DirectLine(cyton)
    return CytonBoard(CytonOptions("direct", rate_sps=rate_sps, daisy=daisy), None, ManualClock(0.0), line.open), line


def true_impedances_ohm(line: DirectLine) -> np.ndarray:
    assert line.cyton.board is not None
    return line.cyton.board.bank._impedances_ohm


@pytest.mark.parametrize("rate_sps", [250, 1000])
def test_gain_and_noise_of_a_healthy_board(rate_sps: int) -> None:
    board, line = make(rate_sps)
    with board:
        before = list(line.cyton.board.bank.states)  # type: ignore[union-attr]
        found = calibrate(board, 4.0)
        assert line.cyton.board.bank.states == before  # type: ignore[union-attr]
    assert len(found) == N_CHANNELS
    for channel in found:
        assert abs(channel.gain_error) < 0.002
        assert 0.02 < channel.noise_uv < 1.0
        assert channel.advice == ""


@pytest.mark.parametrize("rate_sps", [250, 1000])
def test_impedances_are_the_simulated_ones(rate_sps: int) -> None:
    board, line = make(rate_sps)
    contacts: list[Contact] = []
    with board:
        check_electrodes(board, contacts.append)
        assert not any(state.lead_off_p or state.lead_off_n for state in line.cyton.board.bank.states)  # type: ignore[union-attr]
        assert {state.gain for state in line.cyton.board.bank.states} == {12}  # type: ignore[union-attr]
    found_ohm = np.array([contact.impedance_ohm for contact in contacts], float)
    np.testing.assert_allclose(found_ohm, true_impedances_ohm(line), rtol=0.1)


def test_a_gain_that_is_right_has_no_minus(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = [Calibration("A", -1e-6, 0.2), Calibration("B", -0.0123, 0.2)]
    monkeypatch.setattr(calibrate_command, "calibrate", lambda *_: found)
    assert main(["calibrate", "--board", "simulated:?seed=1"]) == 0
    said = capsys.readouterr().out
    assert "gain  +0.00 %" in said
    assert "gain  -1.23 %" in said


def test_a_channel_that_is_off_is_neither_calibrated_nor_said_to_be_flat() -> None:
    board, line = make(setup=Setup({5: ChannelSetup(role=Role.OFF)}))
    with board:
        states = line.cyton.board.bank.states  # type: ignore[union-attr]
        assert (states[4].is_off, states[4].in_bias, states[4].input) == (True, False, Input.SHORTED)
        names = [channel.name for channel in board.info.channels]
        assert [found.name for found in calibrate(board, 4.0)] == names[:4] + names[5:]
        assert [look.name for look in look_at_signal(board)] == names[:4] + names[5:]
        assert line.cyton.board.bank.states == states  # type: ignore[union-attr]


@pytest.mark.parametrize("rate_sps", [None, 250])
@pytest.mark.parametrize("daisy", list(DaisyChoice))
def test_impedances_of_a_cyton_with_daisy_are_the_simulated_ones(rate_sps: int | None, daisy: DaisyChoice) -> None:
    """Holds for every URL: a reset during the check attaches the Daisy again, and the radio sends means of two."""
    board, line = make_with_daisy(rate_sps, daisy)
    contacts: list[Contact] = []
    with board:
        check_electrodes(board, contacts.append)
        assert line.cyton.board.daisy_is_attached is (daisy is not DaisyChoice.NO)  # type: ignore[union-attr]
    found_ohm = np.array([contact.impedance_ohm for contact in contacts], float)
    np.testing.assert_allclose(found_ohm, true_impedances_ohm(line)[: len(found_ohm)], rtol=0.02, atol=100.0)


def test_a_converter_that_fails_at_the_reset_of_an_impedance_check_is_reported() -> None:
    board, line = make()
    with board:
        firmware = line.cyton.board
        assert firmware is not None
        reset = firmware._reset
        firmware._reset = lambda: reset().replace(b"LIS3DH", b"Failure: ADS1299 gives no DRDY\nLIS3DH")  # type: ignore[method-assign]
        with pytest.raises(LinkError, match="the board answers, its converter does not: ADS1299 gives no DRDY"):
            check_electrodes(board, lambda contact: None)


class Interrupted:
    """Simulate Ctrl-C at the `number`-th call between two reads."""

    def __init__(self, number: int) -> None:
        self.n_left = number

    def __call__(self) -> None:
        self.n_left -= 1
        if self.n_left == 0:
            raise KeyboardInterrupt


@pytest.mark.parametrize("measure", ["impedance", "calibration"])
@pytest.mark.parametrize("number", [1, 2, 60])
def test_whoever_interrupts_leaves_no_current_no_test_signal_and_the_gains(measure: str, number: int) -> None:
    board, line = make()
    with board:
        before = list(line.cyton.board.bank.states)  # type: ignore[union-attr]
        with pytest.raises(KeyboardInterrupt):
            if measure == "impedance":
                check_electrodes(board, lambda contact: None, Interrupted(number))
            else:
                calibrate(board, 4.0, Interrupted(number))
        assert line.cyton.board.bank.states == before  # type: ignore[union-attr]
        board.start()
        block = board.read()
        assert block is not None
        assert block.n_samples > 0
        assert (board.info.sampling_rate_hz, {channel.gain for channel in board.info.channels}) == (250.0, {12.0})


def test_a_current_that_was_asked_for_is_stopped_though_its_answer_never_came(monkeypatch: pytest.MonkeyPatch) -> None:
    board, line = make()
    with board:
        start = CytonSelfTest.start_lead_off_current

        def start_unheard(tested: CytonSelfTest, number: int) -> None:
            start(tested, number)
            raise ProtocolError("the command should answer and got nothing")

        monkeypatch.setattr(CytonSelfTest, "start_lead_off_current", start_unheard)
        with pytest.raises(ProtocolError):
            check_electrodes(board, lambda contact: None)
        assert not any(state.lead_off_p or state.lead_off_n for state in line.cyton.board.bank.states)  # type: ignore[union-attr]


def test_no_current_through_a_needle_and_none_of_it_calibrated() -> None:
    board, line = make(setup=Setup({2: ChannelSetup(role=Role.NEEDLE), 5: ChannelSetup(role=Role.OFF)}))
    contacts: list[Contact] = []
    sent: list[tuple[int, bool]] = []
    with board:
        bank = line.cyton.board.bank  # type: ignore[union-attr]
        keep = bank.lead_off
        bank.lead_off = lambda channel, digits: (sent.append((channel, any(digits))), keep(channel, digits))[1]
        check_electrodes(board, contacts.append)
        with pytest.raises(BoardConfigError, match="needle"):
            calibrate(board, 3.0)
    assert len(contacts) == N_CHANNELS - 1
    assert contacts[1].impedance_ohm is None
    assert {channel for channel, is_on in sent if is_on} == {0, 2, 3, 5, 6, 7}


def test_a_needle_that_nobody_measured_is_not_called_good(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    board, _ = make(setup=Setup({2: ChannelSetup("N", Role.NEEDLE)}))
    monkeypatch.setattr(electrodes, "open_board", lambda url, setup: board)
    assert main(["electrodes", "--board", "cyton:here"]) == 0
    *_, measured = capsys.readouterr().out.partition("never through a needle\n")
    needles = [line.split() for line in measured.splitlines() if "N" in line.split()]
    assert [" ".join(words) for words in needles] == ["N not measured: a needle gets no current"]
    assert measured.count("good") + measured.count("fair") == N_CHANNELS - 1


def test_an_electrode_that_is_off_is_reported() -> None:
    board, _ = make(faults=("railed",))
    contacts: list[Contact] = []
    with board:
        check_electrodes(board, contacts.append)
    assert any(contact.is_railed and "not connected" in contact.advice for contact in contacts)


def test_a_board_pulled_out_ends_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    board, line = make()
    with board:
        keep = CytonSelfTest.connect_internal_signal

        def connect_and_pull(tested: CytonSelfTest, signal: InternalSignal) -> None:
            keep(tested, signal)
            line.is_cut = True

        monkeypatch.setattr(CytonSelfTest, "connect_internal_signal", connect_and_pull)
        with pytest.raises(AcquisitionError, match="pulled out"):
            calibrate(board, 3.0)


def test_what_cannot_test_itself_says_so() -> None:
    with open_board("simulated:?seed=1") as board, pytest.raises(BoardConfigError, match="cyton:"):
        calibrate(board, 3.0)


def test_the_commands_have_status_1_without_a_board(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("calibrate", "electrodes"):
        assert main([command, "--board", "cyton:/dev/ttyNONE9"]) == 1
        assert "/dev/ttyNONE9" in capsys.readouterr().err


@pytest.mark.parametrize("unmeasured", ["", "look_at_signal", "check_electrodes"])
@pytest.mark.parametrize(("faults", "status"), [((), 0), (("railed",), 1)])
def test_an_electrode_that_is_off_is_status_1_whichever_measurement_tells(
    faults: tuple[str, ...], status: int, unmeasured: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twitchscope.commands.electrodes.open_board", lambda url, setup: make(faults=faults)[0])
    if unmeasured:
        monkeypatch.setattr(f"twitchscope.commands.electrodes.{unmeasured}", lambda *arguments: [])
    assert main(["electrodes", "--board", "cyton:direct"]) == status


@pytest.mark.parametrize(("gain_error", "status"), [(0.0, 0), (0.2, 1)])
def test_a_channel_whose_gain_is_wrong_is_status_1(
    gain_error: float, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [Calibration("A", 0.0, 0.3), Calibration("B", gain_error, 0.3)]
    monkeypatch.setattr("twitchscope.commands.calibrate.open_board", lambda url, setup: make()[0])
    monkeypatch.setattr("twitchscope.commands.calibrate.calibrate", lambda board, seconds, look_up: found)
    assert main(["calibrate", "--board", "cyton:direct"]) == status


def test_a_square_wave_with_offset_and_noise_has_its_amplitude() -> None:
    rng = np.random.default_rng(1)
    time_s = np.arange(4000) / 1000.0
    square_uv = np.where((0.977 * time_s) % 1.0 < 0.5, 1.0, -1.0)[:, np.newaxis] * np.array([1875.0, 900.0])
    signal_uv = square_uv + 5000.0 + rng.normal(0.0, 2.0, square_uv.shape)
    np.testing.assert_allclose(square_amplitude_uv(signal_uv), [1875.0, 900.0], rtol=0.002)
    assert square_amplitude_uv(np.zeros((100, 1))).tolist() == [0.0]


def test_impedance_beside_mains_and_noise() -> None:
    rng = np.random.default_rng(2)
    time_s = np.arange(1280) / 1000.0
    square = sum(np.sinc(k / 32.0) ** 3 / k * np.sin(2.0 * np.pi * 31.25 * k * time_s) for k in (1, 3, 5, 7))
    signal_uv = 2.0 * 6e-3 * (8000.0 + 2200.0) * 4.0 / np.pi * square
    signal_uv = signal_uv + 40.0 * np.sin(2.0 * np.pi * 50.0 * time_s) + rng.normal(0.0, 3.0, time_s.size)
    assert pair_impedance_ohm(signal_uv, 1000.0, np.sinc(31.25 / 1000.0) ** 3) == pytest.approx(8000.0, rel=0.05)


def test_advice() -> None:
    assert "gain" in Calibration("A", 0.2, 0.3).advice
    assert "gain" in Calibration("A", float("nan"), 0.3).advice
    assert "noisy" in Calibration("A", 0.0, 9.0).advice
    assert "poor" in Contact("A", 80e3, is_railed=False).advice
    assert Contact("A", 5e3, is_railed=False).advice == "good"
    at_the_limit = Contact("A", 10_040.0, is_railed=False)
    assert (at_the_limit.size, at_the_limit.advice) == ("10.0 kΩ", "good")

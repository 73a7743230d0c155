"""Portable firmware code on the host, under the sanitizers: its own unit tests, and our framing as its client."""

import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from acquisition.core import BoardInfo, ads1299_channels, make_block
from acquisition.link.protocol import HEAD, PACKET_BYTES, RATE_COMMANDS, channel_setting
from acquisition.recording import BdfWriter, read_recording
from tests.firmware.build import FIRMWARE, make_firmware, need_fuzzer, need_host_compiler
from tests.patience import DEADLINE_S

VOLTS_FULL_SCALE_UV = 4.5e6
OTHER_DEFAULTS = {
    "CONFIG1": 0xB0, "CONFIG2": 0xE0, "CH1SET": 0x40, "BIAS_SENSP": 0x0F, "BIAS_SENSN": 0x3F, "LOFF_SENSP": 0x01,
    "LOFF_SENSN": 0x02, "MISC1": 0x20,
}  # fmt: skip


def _board(build: Path, script: list[str]) -> list[bytes]:
    """Return the board's output during each `run` of a script, without the boot banner."""
    done = subprocess.run(
        [str(build / "host-pipe")],
        input="\n".join(["run 50", *script, ""]),
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )
    assert done.returncode == 0, done.stderr
    return [bytes.fromhex(line) for line in done.stdout.splitlines()][1:]


def _send(data: bytes) -> str:
    return f"send {data.hex()}"


@pytest.mark.parametrize("name", ["command-tests", "stream-tests"])
def test_unit_tests_pass_under_the_sanitizers(firmware_build: Path, name: str) -> None:
    done = subprocess.run([str(firmware_build / name)], capture_output=True, text=True, timeout=DEADLINE_S)
    assert done.returncode == 0, done.stdout + done.stderr


def test_commands_changed_at_random_leave_it_answering(firmware_build: Path) -> None:
    """Coverage-guided fuzzing under the sanitizers; `make fuzz FUZZ_RUNS=…` runs longer."""
    need_fuzzer()
    output = make_firmware(firmware_build, "fuzz", "FUZZ_RUNS=120", "FUZZ_SEED=1")
    n_edges = int(re.search(r"DONE +cov: (\d+)", output)[1])  # type: ignore[index]
    assert n_edges > 400  # the commands are reached; without the seeds there are about 320


def _piece(data: bytes) -> bytes:
    """Return fuzzer input that sends `data` at once, followed by 1 ms (`port/host/fuzz_target.c`)."""
    return bytes([len(data)]) + data


@pytest.mark.parametrize("tail", [b"z3", b"x105", b"\xf0", b"b", b"v"])
def test_the_fuzzer_waits_for_answers_before_it_wants_one(firmware_build: Path, tmp_path: Path, tail: bytes) -> None:
    """Half a command after many slow answers is discarded long after it was sent, which is no fault."""
    need_fuzzer()
    make_firmware(firmware_build, f"{firmware_build}/fuzz")
    path = tmp_path / "input"
    path.write_bytes(_piece(b"0" * 48) + _piece(tail))
    done = subprocess.run([str(firmware_build / "fuzz"), str(path)], capture_output=True, timeout=DEADLINE_S)
    assert done.returncode == 0, done.stderr.decode("ascii", "replace")


def _stream_of(build: Path, recording: Path, rate_sps: int, gain: int, run_ms: int) -> NDArray[np.int64]:
    """Return the counts of channels 1 to 8 that the firmware sends for a recording, shape (n_samples, 8)."""
    settings = [line for n in range(1, 9) for line in (_send(channel_setting(n, gain, b"0")), "run 20")]
    script = [
        f"input {recording}", _send(RATE_COMMANDS[rate_sps]), "run 20", _send(b"\xf0\x0a"), "run 20", *settings,
        _send(b"b"), f"run {run_ms}",
    ]  # fmt: skip
    *_, stream = _board(build, script)
    n = len(stream) // PACKET_BYTES
    packets = np.frombuffer(stream[: n * PACKET_BYTES], np.uint8).reshape(n, PACKET_BYTES).astype(np.int64)
    assert (packets[:, 1] == np.arange(n) % 256).all()
    samples = packets[:, 2:26].reshape(n, 8, 3)
    return (samples[:, :, 0] << 16 | samples[:, :, 1] << 8 | samples[:, :, 2]) - (samples[:, :, 0] >> 7 << 24)


def test_a_recording_comes_out_through_the_sinc3_filter(firmware_build: Path, tmp_path: Path) -> None:
    """Attenuation of sines as in the datasheet: 3 dB at 0.262 of the data rate, 7.3 dB at 0.4, 37.9 dB at 0.8."""
    rate_sps, gain, amplitude_uv = 1000, 12, 1000.0
    shares = np.array([0.01, 0.1, 0.2, 0.262, 0.4, 0.6, 0.8, 0.9])
    loss_db = np.array([0.0, -0.43, -1.74, -3.0, -7.3, -17.8, -37.9, -57.7])
    times_s = np.arange(3 * 16_000) / 16_000  # dense enough for linear interpolation
    info = BoardInfo("Sines", 16_000.0, ads1299_channels((float(gain),) * 8), 4000.0)
    signal_uv = amplitude_uv * np.sin(2 * np.pi * shares * rate_sps * times_s[:, np.newaxis])
    counts = np.round(signal_uv / info.microvolts_per_count).astype(np.int32)
    path = tmp_path / "sines.bdf"
    with BdfWriter(path, info, started_at=datetime(2026, 1, 1, tzinfo=UTC)) as writer:
        writer.write(make_block(0, counts, 0.0, np.empty((len(counts), 0), np.int32)))
    came_uv = _stream_of(firmware_build, path, rate_sps, gain, 2100)[:2000] * info.microvolts_per_count[0]
    spectrum = np.abs(np.fft.rfft(came_uv, axis=0)) / len(came_uv) * 2
    folded_hz = np.minimum(shares, 1 - shares) * rate_sps
    heights_uv = spectrum[np.round(folded_hz * len(came_uv) / rate_sps).astype(int), np.arange(8)]
    np.testing.assert_allclose(20 * np.log10(heights_uv / amplitude_uv), loss_db, atol=0.2)


def test_a_real_recording_passes_the_firmware_unchanged(firmware_build: Path, shared_data: Path) -> None:
    """Linear interpolation of its samples, sinc3-filtered at the same rate, is a spline of four samples."""
    path = shared_data / "plux-short-bursts-1000hz.bdf"
    recording = read_recording(path)
    counts = np.concatenate([block.counts for block in recording.blocks()])[:6_000]
    real_uv = recording.info.to_microvolts(counts)[:, 0]
    came_counts = _stream_of(firmware_build, path, 1000, 1, 5_000)[:4_900, 0]
    came_uv = came_counts * ads1299_channels((1.0,))[0].microvolts_per_count
    expected_uv = np.convolve(real_uv, [1 / 24, 11 / 24, 11 / 24, 1 / 24], "valid")[1 : 1 + len(came_uv)]
    assert np.ptp(expected_uv) > 1_000.0
    residue_uv = came_uv - expected_uv
    assert np.std(residue_uv) == pytest.approx(2.17, rel=0.1)  # the converter's own noise at gain 1
    assert np.max(np.abs(residue_uv)) < 12.0


def test_our_channel_settings_are_understood_for_every_gain(firmware_build: Path) -> None:
    for gain in (1, 2, 4, 6, 8, 12, 24):
        (reply,) = _board(firmware_build, [_send(channel_setting(8, gain, b"1")), "run 50"])
        assert reply == b"Success: Channel set for 8$$$"


def test_the_test_signal_has_its_amplitude_at_1_ksps(firmware_build: Path) -> None:
    script = [
        _send(RATE_COMMANDS[1000]), "run 20", _send(b"\xf0\x0a"), "run 20", _send(channel_setting(1, 12, b"0")),
        "run 20", _send(b"="), "run 50", _send(b"b"), "run 1100",
    ]  # fmt: skip
    *_, stream = _board(firmware_build, script)
    n = len(stream) // PACKET_BYTES
    packets = np.frombuffer(stream[: n * PACKET_BYTES], np.uint8).reshape(n, PACKET_BYTES).astype(np.int64)
    assert n > 1050 and (packets[:, 0] == HEAD).all()
    assert (packets[:, 1] == np.arange(n) % 256).all()
    counts = (packets[:, 2] << 16 | packets[:, 3] << 8 | packets[:, 4]) - (packets[:, 2] >> 7 << 24)
    signal_uv = counts * (VOLTS_FULL_SCALE_UV / 12 / (2**23 - 1))
    is_steady = np.abs(np.diff(signal_uv)) < 10.0  # the filter needs three samples from one level to the other
    np.testing.assert_allclose(np.abs(signal_uv[1:][is_steady]), 1875.0, atol=5.0)
    assert is_steady.mean() > 0.97
    assert 1 <= np.count_nonzero(np.diff(np.sign(signal_uv))) <= 5  # 1.95 Hz


def test_the_lead_off_current_shows_the_electrodes(firmware_build: Path) -> None:
    """6 nA through two electrodes of 10 kOhm and their resistors give a square wave of 146 uV at 31.25 Hz."""
    script = [
        _send(channel_setting(1, 12, b"0")), "run 20", _send(b"z111Z"), "run 20", _send(b"b"), "run 1000",
    ]  # fmt: skip
    *_, stream = _board(firmware_build, script)
    packets = np.frombuffer(stream[: len(stream) // PACKET_BYTES * PACKET_BYTES], np.uint8).reshape(-1, PACKET_BYTES)
    samples = packets[:, 2:5].astype(np.int64)
    counts = (samples[:, 0] << 16 | samples[:, 1] << 8 | samples[:, 2]) - (samples[:, 0] >> 7 << 24)
    signal_uv = counts * (VOLTS_FULL_SCALE_UV / 12 / (2**23 - 1))
    assert np.percentile(np.abs(signal_uv), 90) == pytest.approx(146.4, abs=8.0)
    assert np.count_nonzero(np.diff(np.sign(signal_uv))) == pytest.approx(2 * 31.25 * len(signal_uv) / 250, abs=3)


def _registers(reply: bytes) -> dict[str, int]:
    """Return the registers by name from the answer to `?`."""
    rows = re.findall(r"^(\w+), [0-9A-F]{2}, ([0-9A-F]{2}),", reply.decode(), re.MULTILINE)
    return {name: int(value, 16) for name, value in rows}


@pytest.fixture(scope="module")
def other_defaults(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with a host port built from a register table with other values."""
    need_host_compiler()
    root = tmp_path_factory.mktemp("other")
    source = root / "firmware"
    shutil.copytree(FIRMWARE, source, ignore=shutil.ignore_patterns("build"))
    (root / "hardware_docs").mkdir()
    path = source / "registers.toml"
    text = path.read_text("utf-8")
    for name, value in OTHER_DEFAULTS.items():
        text, n = re.subn(rf'(name = "{name}"\n.*\nvalue = )\S+', rf"\g<1>0x{value:02X}", text)
        assert n == 1
    path.write_text(text, "utf-8")
    subprocess.run([sys.executable, str(source / "make_wire.py")], check=True, timeout=DEADLINE_S)
    make_firmware(root, f"{root}/host-pipe", source=source)
    return root


def test_defaults_are_those_of_the_table_of_registers(other_defaults: Path) -> None:
    """A change in the table changes the reset, `d`, `D`, `~` and the test signals."""
    ask = [_send(b"?"), "run 200"]
    at_start, _, _, changed, _, after_d, reply, _, with_signal = _board(
        other_defaults,
        [
            *ask, _send(b"~4"), "run 50", _send(b"x3150111X"), "run 50", *ask, _send(b"d"), "run 50", *ask,
            _send(b"D"), "run 50", _send(b"]"), "run 50", *ask,
        ],
    )  # fmt: skip
    start = _registers(at_start)
    default = {name: start[name] for name in OTHER_DEFAULTS}
    assert default == OTHER_DEFAULTS | {"CONFIG1": OTHER_DEFAULTS["CONFIG1"] | 6}
    assert _registers(changed) != start
    assert _registers(after_d) == start | {"CONFIG1": OTHER_DEFAULTS["CONFIG1"] | 4}
    assert reply == b"040101$$$"
    assert _registers(with_signal)["CONFIG2"] == OTHER_DEFAULTS["CONFIG2"] | 0x15


@pytest.mark.parametrize("rate_sps", [250, 500, 1000, 2000])
def test_each_rate_of_the_table_is_read_from_the_reply(firmware_build: Path, rate_sps: int) -> None:
    (reply,) = _board(firmware_build, [_send(RATE_COMMANDS[rate_sps]), "run 50"])
    assert reply == b"Success: Sample rate is %dHz$$$" % rate_sps


def test_a_stream_over_a_slow_line_is_refused_in_words(firmware_build: Path) -> None:
    *_, reply = _board(firmware_build, [_send(RATE_COMMANDS[1000]), "run 20", _send(b"b"), "run 50"])
    assert reply.startswith(b"Failure: 1000 Hz do not fit through 115200 baud")

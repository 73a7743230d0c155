"""The firmware's portable code on the host, under the sanitizers: its own unit tests, and our framing as its client."""

import subprocess
from pathlib import Path

import numpy as np

from acquisition.link.protocol import HEAD, PACKET_BYTES, RATE_COMMANDS, channel_setting

VOLTS_FULL_SCALE_UV = 4.5e6


def _board(build: Path, script: list[str]) -> list[bytes]:
    """Return what the board sent in each `run` of a script, the boot banner left out."""
    done = subprocess.run(
        [str(build / "host-pipe")],
        input="\n".join(["run 50", *script, ""]),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return [bytes.fromhex(line) for line in done.stdout.splitlines()][1:]


def _send(data: bytes) -> str:
    return f"send {data.hex()}"


def test_unit_tests_pass_under_the_sanitizers(firmware_build: Path) -> None:
    done = subprocess.run([str(firmware_build / "unit-tests")], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


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
    is_steady = np.abs(np.diff(signal_uv)) < 10.0  # the filter takes three samples from one level to the other
    np.testing.assert_allclose(np.abs(signal_uv[1:][is_steady]), 1875.0, atol=5.0)
    assert is_steady.mean() > 0.97
    assert 1 <= np.count_nonzero(np.diff(np.sign(signal_uv))) <= 5  # 1.95 Hz


def test_a_stream_over_a_slow_line_is_refused_in_words(firmware_build: Path) -> None:
    *_, reply = _board(firmware_build, [_send(RATE_COMMANDS[1000]), "run 20", _send(b"b"), "run 50"])
    assert reply.startswith(b"Failure: 1000 Hz do not fit through 115200 baud")

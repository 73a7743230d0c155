"""Agreement of the C header, the protocol page and the Python constants with the protocol table."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from acquisition.link import protocol

SCRIPT = Path(__file__).resolve().parents[2] / "firmware" / "make_wire.py"


@pytest.fixture(scope="module")
def make_wire() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_wire", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def table(make_wire: ModuleType) -> dict[str, Any]:
    return make_wire.read_table()


def test_the_header_and_the_page_are_made_from_the_table(make_wire: ModuleType, table: dict[str, Any]) -> None:
    assert make_wire.HEADER.read_text("utf-8") == make_wire.header(table)
    assert make_wire.PAGE.read_text("utf-8") == make_wire.page(table)
    assert make_wire.REGISTER_HEADER.read_text("utf-8") == make_wire.register_header(make_wire.read_registers())
    assert make_wire.REGISTER_PAGE.read_text("utf-8") == make_wire.register_page()


def test_every_register_of_the_chip_is_in_the_table(make_wire: ModuleType) -> None:
    registers = make_wire.read_registers()
    assert sorted(row["address"] for row in registers) == list(range(24))
    read_only = {"ID", "LOFF_STATP", "LOFF_STATN"}
    assert {row["name"] for row in registers if "value" not in row} == read_only
    assert registers[1]["name"] == "CONFIG3"  # the reference needs time to settle


def test_what_the_protocol_says_of_defaults_is_what_the_registers_hold(
    make_wire: ModuleType, table: dict[str, Any]
) -> None:
    replies = {row["bytes"]: row["reply"] for row in table["command"]}
    assert replies["D"] == f"`{make_wire.channel_fields(make_wire.read_registers())}`"
    assert replies["V"] == f"`{table['firmware_version']}`"


def test_the_python_constants_agree_with_the_table(table: dict[str, Any]) -> None:
    packet = table["packet"]
    assert packet == {
        "bytes": protocol.PACKET_BYTES,
        "head": protocol.HEAD,
        "counter_offset": protocol.COUNTER_OFFSET,
        "samples_offset": protocol.SAMPLES_OFFSET,
        "aux_offset": protocol.AUX_OFFSET,
        "aux_bytes": protocol.AUX_BYTES,
        "tail_offset": protocol.TAIL_OFFSET,
    }
    assert {name: value for name, (value, _) in table["tail"].items()}.items() <= {
        (tail.name, int(tail)) for tail in protocol.Tail
    }
    for rate, code in table["rates"].items():
        assert protocol.RATE_COMMANDS[int(rate)] == b"~%d" % code
    assert table["longest_command"] == protocol.LONGEST_COMMAND_BYTES
    assert table["default_baud"] == protocol.DEFAULT_BAUD
    assert table["bits_per_byte"] == protocol.BITS_PER_BYTE_ON_THE_LINE
    assert bytes([table["link"]["prefix"], table["link"]["STATUS"]]) == protocol.DONGLE_STATUS
    bauds = {int(name[5:]): code for name, code in table["link"].items() if name.startswith("BAUD_")}
    assert {baud: bytes([table["link"]["prefix"], code]) for baud, code in bauds.items()} == protocol.BAUD_COMMANDS

"""Write the C headers and the pages of hardware_docs from protocol.toml and registers.toml."""

import tomllib
from pathlib import Path
from typing import Any

FIRMWARE = Path(__file__).resolve().parent
TABLE = FIRMWARE / "protocol.toml"
HEADER = FIRMWARE / "src" / "wire.h"
PAGE = FIRMWARE.parent / "hardware_docs" / "protocol.md"
REGISTER_TABLE = FIRMWARE / "registers.toml"
REGISTER_HEADER = FIRMWARE / "src" / "registers.h"
REGISTER_PAGE = FIRMWARE.parent / "hardware_docs" / "registers.md"


def read_table() -> dict[str, Any]:
    """Return the protocol table."""
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def read_registers() -> list[dict[str, Any]]:
    """Return the registers one by one, in the order in which they are written."""
    rows = tomllib.loads(REGISTER_TABLE.read_text(encoding="utf-8"))["register"]
    return [register for row in rows for register in _expanded(row)]


def _expanded(row: dict[str, Any]) -> list[dict[str, Any]]:
    if "n" not in row:
        return [row]
    return [{**row, "name": _numbered(row, i + 1), "address": row["address"] + i} for i in range(row["n"])]


def _numbered(row: dict[str, Any], number: int) -> str:
    return str(row["name"]).replace("1", str(number))


def register_header(registers: list[dict[str, Any]]) -> str:
    """Return the text of registers.h."""
    by_address = sorted(registers, key=lambda row: int(row["address"]))
    named = [f"    X({row['name']}, 0x{row['address']:02X})" for row in by_address]
    written = [f"    X({row['name']}, 0x{row['value']:02X})" for row in registers if "value" in row]
    return "\n".join(
        [
            "/* Made by make_wire.py from registers.toml: change that. */",
            "#ifndef REGISTERS_H",
            "#define REGISTERS_H",
            "",
            "/* X(name, address), by address */",
            "#define REGISTERS(X) \\",
            " \\\n".join(named),
            "",
            "/* X(name, value), in the order in which they are written */",
            "#define REGISTER_DEFAULTS(X) \\",
            " \\\n".join(written),
            "",
            "/* the defaults of a channel as the fields P G I B S2 S1 of `x` */",
            f'#define REGISTER_CHANNEL_FIELDS "{channel_fields(registers)}"',
            "",
            "#endif",
            "",
        ]
    )


def channel_fields(registers: list[dict[str, Any]]) -> str:
    """Return the defaults of a channel as the fields P G I B S2 S1 of the command `x`, a digit each."""
    values = {row["name"]: row.get("value", 0) for row in registers}
    channel, bias, misc1 = values["CH1SET"], values["BIAS_SENSP"], values["MISC1"]
    fields = (channel >> 7, channel >> 4 & 7, channel & 7, bias & 1, channel >> 3 & 1, misc1 >> 5 & 1)
    return "".join(str(field) for field in fields)


def register_page() -> str:
    """Return the text of hardware_docs/registers.md."""
    rows = tomllib.loads(REGISTER_TABLE.read_text(encoding="utf-8"))["register"]
    lines = [
        "# Registers of the ADS1299 as the firmware sets them",
        "",
        "Made by `firmware/make_wire.py` from `firmware/registers.toml`: change that.",
        "",
        "In the order in which they are written after every reset; each is read back, and the first that disagrees is",
        "told in words at the banner.",
        "",
        "| address | register | value | why |",
        "|---|---|---|---|",
        *(f"| {_addresses(row)} | {_names(row)} | {_value(row)} | {row['why']} |" for row in rows),
        "",
    ]
    return "\n".join(lines)


def _addresses(row: dict[str, Any]) -> str:
    last = row["address"] + row.get("n", 1) - 1
    return f"0x{row['address']:02X}" + (f"–0x{last:02X}" if "n" in row else "")


def _names(row: dict[str, Any]) -> str:
    return f"{row['name']}–{_numbered(row, row['n'])}" if "n" in row else str(row["name"])


def _value(row: dict[str, Any]) -> str:
    return f"0x{row['value']:02X}" if "value" in row else "read only"


def header(table: dict[str, Any]) -> str:
    """Return the text of wire.h."""
    packet, link, codes = table["packet"], table["link"], table["rates"].values()
    numbers = {
        "DEFAULT_BAUD": f"{table['default_baud']}UL",
        "BITS_PER_BYTE": f"{table['bits_per_byte']}U",
        "LONGEST_COMMAND": table["longest_command"],
        "PACKET_BYTES": packet["bytes"],
        "HEAD": f"0x{packet['head']:02X}",
        "COUNTER_OFFSET": packet["counter_offset"],
        "SAMPLES_OFFSET": packet["samples_offset"],
        "AUX_OFFSET": packet["aux_offset"],
        "AUX_BYTES": packet["aux_bytes"],
        "TAIL_OFFSET": packet["tail_offset"],
        **{f"TAIL_{name}": f"0x{value:02X}" for name, (value, _) in table["tail"].items()},
        "DEFAULT_RATE_CODE": table["rates"][str(table["default_rate_sps"])],
        "FIRST_RATE_CODE": min(codes),
        "LAST_RATE_CODE": max(codes),
        **{f"LINK_{name.upper()}": f"0x{value:02X}" for name, value in link.items()},
        "FIRMWARE_VERSION": f'"{table["firmware_version"]}"',
    }
    lines = [f"#define WIRE_{name} {value}" for name, value in numbers.items()]
    return "\n".join(
        [
            "/* Made by make_wire.py from protocol.toml: change that. */",
            "#ifndef WIRE_H",
            "#define WIRE_H",
            "",
            *lines,
            "",
            "#endif",
            "",
        ]
    )


def page(table: dict[str, Any]) -> str:
    """Return the text of hardware_docs/protocol.md."""
    packet = table["packet"]
    lines = [
        "# Wire protocol of the ADS1299 board",
        "",
        "Made by `firmware/make_wire.py` from `firmware/protocol.toml`: change that.",
        "",
        f"8-N-1, {table['default_baud']} baud and {table['default_rate_sps']} samples/s after every reset.",
        "Replies end in `$$$`; while streaming there are none, except `Failure: …` when the converter dies. Unknown",
        "bytes are ignored; an unfinished command is given up after a second.",
        "",
        f"## Packet, {packet['bytes']} bytes",
        "",
        "| byte (from 0) | content |",
        "|---|---|",
        f"| 0 | 0x{packet['head']:02X} |",
        f"| {packet['counter_offset']} | counter of conversions, modulo 256; those that were lost count too |",
        f"| {packet['samples_offset']}–{packet['aux_offset'] - 1} | 8 channels, 24 bit, two's complement, big-endian |",
        f"| {packet['aux_offset']}–{packet['tail_offset'] - 1} | aux |",
        f"| {packet['tail_offset']} | layout of aux |",
        "",
        "| last byte | aux (bytes numbered from 1, as in the Cyton's documents) |",
        "|---|---|",
        *(f"| 0x{value:02X} | {text} |" for value, text in table["tail"].values()),
        "",
        "With `/3`, byte 27 is the debounced level of event input 1 and byte 28 that of input 2, as seen at the",
        "conversion's own DRDY edge: an edge belongs to the sample in whose packet the level changes. Bytes 29 and 30",
        "say how many conversions ago the last edge of each was (255: more, or none yet), so that its sample is known",
        "even when its own packet was lost. Byte 31 is the level of the sync output and byte 32 the age of its last",
        "edge; a pulse begins and ends with a conversion, by the interrupt of its DRDY edge. With time stamps on,",
        "bytes 29 to 32 are theirs.",
        "",
        "## Rates",
        "",
        "| samples/s | command | lowest baud |",
        "|---|---|---|",
        *(f"| {rate} | `~{code}` | {_lowest_baud(table, int(rate))} |" for rate, code in table["rates"].items()),
        "",
        "The baud rate is set by two bytes, answered at the old rate; a sampling rate that the new one does not carry",
        "falls to the highest that it does:",
        *(
            f"`{table['link']['prefix']:02X} {value:02X}` {name.removeprefix('BAUD_')},"
            for name, value in table["link"].items()
            if name.startswith("BAUD_")
        ),
        f"and `{table['link']['prefix']:02X} {table['link']['STATUS']:02X}` asks for the link's state.",
        "",
        "## Commands",
        "",
        "| bytes | does | reply (before `$$$`) |",
        "|---|---|---|",
        *(f"| {_code(row['bytes'])} | {row['does']} | {row['reply']} |" for row in table["command"]),
        "",
    ]
    return "\n".join(lines)


def _lowest_baud(table: dict[str, Any], rate_sps: int) -> int:
    needed = rate_sps * table["packet"]["bytes"] * table["bits_per_byte"]
    bauds = (int(name.removeprefix("BAUD_")) for name in table["link"] if name.startswith("BAUD_"))
    return min(baud for baud in bauds if baud >= needed)


def _code(text: str) -> str:
    escaped = text.replace("|", "\\|")
    return f"`` {escaped} ``" if "`" in text else f"`{escaped}`"


if __name__ == "__main__":
    HEADER.write_text(header(read_table()), encoding="utf-8")
    PAGE.write_text(page(read_table()), encoding="utf-8")
    REGISTER_HEADER.write_text(register_header(read_registers()), encoding="utf-8")
    REGISTER_PAGE.write_text(register_page(), encoding="utf-8")

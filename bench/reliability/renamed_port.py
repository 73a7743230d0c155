"""Run ``twitchscope`` with a substituted list of ports, because pseudo-terminals have no USB serial number.

Run as ``python -m bench.reliability.renamed_port FIRST SECOND ARGUMENT…``. A dongle with the serial number DM01 is at
FIRST while that port exists, and at SECOND afterwards.
"""

import sys
from pathlib import Path

from acquisition.link import ports
from twitchscope.cli import main


def _find_ports() -> list[ports.PortInfo]:
    first, second = Path(sys.argv[1]), Path(sys.argv[2])
    return [ports.PortInfo(str(first if first.exists() else second), "a dongle", True, True, "DM01")]


if __name__ == "__main__":
    ports.find_ports = _find_ports
    sys.exit(main(sys.argv[3:]))

"""Lab streaming layer (LSL): loading of its library on demand, and search for streams on the network."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from acquisition.core import BoardConfigError, BoardNotFound, Clock

QUIET = "[log]\nlevel = -3\n"
"""Configuration that limits logging to fatal errors; by default liblsl writes a log to standard error."""

OWN_SETTINGS = ("lsl_api.cfg", "~/lsl_api/lsl_api.cfg", "/etc/lsl_api/lsl_api.cfg")
"""Files in which liblsl looks for the user's settings, besides the variable ``LSLAPICFG``."""

OTHERS_S = 0.3
"""Time to wait for a second matching stream, in seconds."""

MAX_NAMED = 5

N_CLOCK_LOOKS = 5
"""Number of comparisons of the two clocks. The quickest one is used, since the host may pause between two readings."""


def load_lsl() -> Any:
    """Return the module `pylsl`.

    Raises
    ------
    BoardNotFound
        If it, or its native library, is missing.
    """
    try:
        import pylsl
    except ImportError as error:
        raise BoardNotFound('LSL needs the package pylsl: pip install "twitchscope[lsl]"') from error
    except (RuntimeError, OSError) as error:  # pylsl found no liblsl, or one that this system cannot load
        raise BoardNotFound(
            "pylsl is there, and its native library liblsl is not: install liblsl of labstreaminglayer for this system"
        ) from error
    has_settings = "LSLAPICFG" in os.environ or any(Path(path).expanduser().is_file() for path in OWN_SETTINGS)
    if not has_settings:
        pylsl.set_config_content(QUIET)
    return pylsl


@dataclass(frozen=True, slots=True)
class StreamWanted:
    """Description of the requested stream. Empty fields match anything."""

    name: str = ""
    kind: str = ""
    source_id: str = ""

    def __str__(self) -> str:
        wanted = (("name", self.name), ("type", self.kind), ("source_id", self.source_id))
        return " and ".join(f"{key} {text!r}" for key, text in wanted if text) or "any name"

    @property
    def predicate(self) -> str:
        """Description as a predicate for liblsl, in XPath 1.0."""
        wanted = (("name", self.name), ("type", self.kind), ("source_id", self.source_id))
        return " and ".join(f"{key}={_quoted(text)}" for key, text in wanted if text) or "name!=''"


def find_stream(lsl: Any, wanted: StreamWanted, timeout_s: float) -> Any:
    """Return the description (`pylsl.StreamInfo`) of the one matching stream.

    Parameters
    ----------
    lsl : module
        From `load_lsl`.
    wanted : StreamWanted
        Requested stream.
    timeout_s : float
        Longest search in seconds.

    Raises
    ------
    BoardNotFound
        If no stream matches.
    BoardConfigError
        If several streams match.
    """
    found = lsl.resolve_bypred(wanted.predicate, 1, timeout_s)
    if not found:
        here = sorted({f"{one.name()!r} (type {one.type()!r})" for one in lsl.resolve_streams(OTHERS_S)})[:MAX_NAMED]
        raise BoardNotFound(
            f"no LSL stream with {wanted} was heard within {timeout_s:g} s: is its program running in this network, "
            f"and does no firewall hold it back? Heard now: {', '.join(here) or 'none'}"
        )
    found = lsl.resolve_bypred(wanted.predicate, 2, OTHERS_S) or found
    if len({one.uid() for one in found}) > 1:
        here = sorted(f"{one.name()!r} with source_id={one.source_id()!r}" for one in found)[:MAX_NAMED]
        raise BoardConfigError(f"several LSL streams have {wanted}: {', '.join(here)}; name one of them")
    return found[0]


def host_minus_lsl_s(lsl: Any, clock: Clock) -> float:
    """Return the offset of the host's clock from LSL's clock of this machine (host minus LSL), in seconds."""
    looks = []
    for _ in range(N_CLOCK_LOOKS):
        before_s = clock.now_s()
        lsl_s = lsl.local_clock()
        after_s = clock.now_s()
        looks.append((after_s - before_s, (before_s + after_s) / 2.0 - lsl_s))
    return float(min(looks)[1])


def _quoted(text: str) -> str:
    """Return a text quoted for XPath 1.0, which has no escapes."""
    if "'" not in text:
        return f"'{text}'"
    if '"' not in text:
        return f'"{text}"'
    raise BoardConfigError(f"{text!r} cannot be looked for: LSL takes single or double quotes in a name, not both")

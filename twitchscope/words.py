"""Words on screen: English as it stands in the code, or another language where there is a catalogue for it (gettext).

``TWITCHSCOPE_LOCALES`` names a folder with catalogues ``<language>/LC_MESSAGES/twitchscope.mo``; the language is the
system's (``LANGUAGE``, ``LC_ALL``, ``LC_MESSAGES``, ``LANG``).
"""

import functools
import gettext
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Self

DOMAIN = "twitchscope"
FOLDER = Path(__file__).parent / "locales"

ENDS = (".", "?", "!", "…")
"""What ends a sentence."""


@functools.cache
def _catalogue(folder: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, folder, fallback=True)


def _here() -> gettext.NullTranslations:
    return _catalogue(os.environ.get("TWITCHSCOPE_LOCALES", str(FOLDER)))


class _Later(str):
    """An English text that remembers what it was filled in from."""

    template: str
    changes: Mapping[str, object]

    def __new__(cls, template: str, changes: Mapping[str, object] | None = None) -> Self:
        made = super().__new__(cls, template.format(**changes) if changes else template)
        made.template, made.changes = template, changes or {}
        return made


def for_later(text: str, /, **changes: object) -> str:
    """Return a text in English, as files, reports and the terminal have it; where it is shown, `tr` looks it up.

    Parameters
    ----------
    text : str
        Translators find it here.
    **changes : object
        What changes in it, filled in by `str.format`; what came from `for_later` itself is looked up with it.
    """
    return _Later(text, changes)


SHOWN_LABELS = (
    for_later("twitch"), for_later("voluntary"), for_later("heartbeat"), for_later("artifact"), for_later("uncertain"),
    for_later("no event"), for_later("weak"), for_later("medium"), for_later("strong"),
    for_later("counts"),
)  # fmt: skip
"""Labels, grades and the unit of the files, which are shown too."""


def tr(text: str) -> str:
    """Return a text in the user's language.

    What changes in a text that stands in the call is filled in afterwards, by `str.format`; what came from `for_later`
    is filled in already.
    """
    if not isinstance(text, _Later):
        return _here().gettext(text) if text else ""  # a catalogue answers nothing with its own description
    changes = {name: tr(value) if isinstance(value, _Later) else value for name, value in text.changes.items()}
    shown = _here().gettext(text.template)
    return shown.format(**changes) if changes else shown


def sentence(text: str) -> str:
    """Return a text as a sentence of its own: a capital letter first, and a full stop where nothing else ends it."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(ENDS) else '.'}"


def tr_n(one: str, many: str, n: int) -> str:
    """Return the form of a text that goes with a number, with that number filled in for ``{n}``."""
    return _here().ngettext(one, many, n).format(n=n)

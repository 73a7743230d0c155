"""Words on screen: English as in the code, or another language if there is a catalogue for it (gettext).

``TWITCHSCOPE_LOCALES`` names a folder with catalogues ``<language>/LC_MESSAGES/twitchscope.mo``. The language is that
of the system (``LANGUAGE``, ``LC_ALL``, ``LC_MESSAGES``, ``LANG``).
"""

import functools
import gettext
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

DOMAIN = "twitchscope"
FOLDER = Path(__file__).parent / "locales"

ENDS = (".", "?", "!", "…")
"""Characters that end a sentence."""


@functools.cache
def _catalogue(folder: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, folder, fallback=True)


def _here() -> gettext.NullTranslations:
    return _catalogue(os.environ.get("TWITCHSCOPE_LOCALES", str(FOLDER)))


class _Later(str):
    """English text that keeps its template and the values filled in."""

    template: str
    changes: Mapping[str, object]

    def __new__(cls, template: str, changes: Mapping[str, object] | None = None) -> Self:
        made = super().__new__(cls, template.format(**changes) if changes else template)
        made.template, made.changes = template, changes or {}
        return made


def for_later(text: str, /, **changes: object) -> str:
    """Return a text in English, as in files, reports and the terminal; `tr` translates it where it is shown.

    Parameters
    ----------
    text : str
        Text or template; translators find it here.
    **changes : object
        Values filled in by `str.format`. Those from `for_later` itself are translated with it.
    """
    return _Later(text, changes)


def joined_for_later(texts: Sequence[str]) -> str:
    """Return texts separated by commas as one text for `tr`, which translates those from `for_later`."""
    changes = {f"text_{place}": text for place, text in enumerate(texts)}
    return _Later(", ".join(f"{{{name}}}" for name in changes), changes)


SHOWN_LABELS = (
    for_later("twitch"), for_later("voluntary"), for_later("heartbeat"), for_later("artifact"), for_later("uncertain"),
    for_later("no event"), for_later("weak"), for_later("medium"), for_later("strong"),
    for_later("counts"),
)  # fmt: skip
"""Labels, grades and the unit of the files, which are also shown."""


def tr(text: str) -> str:
    """Return a text in the user's language.

    Values in a literal text are filled in afterwards, by `str.format`; those in a text from `for_later` are already
    filled in.
    """
    if not text:
        return ""  # a catalogue translates it into its own description
    if not isinstance(text, _Later):
        return _here().gettext(text)
    changes = {name: tr(value) if isinstance(value, _Later) else value for name, value in text.changes.items()}
    shown = _here().gettext(text.template)
    return shown.format(**changes) if changes else shown


def sentence(text: str) -> str:
    """Return a text as a sentence: with a capital letter first, and a full stop unless other punctuation ends it."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(ENDS) else '.'}"


def tr_n(one: str, many: str, n: int) -> str:
    """Return the singular or plural form for `n`, with `n` filled in for ``{n}``."""
    return _here().ngettext(one, many, n).format(n=n)

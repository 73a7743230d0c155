"""Words on screen: English as it stands in the code, or another language where there is a catalogue for it (gettext).

``TWITCHSCOPE_LOCALES`` names a folder with catalogues ``<language>/LC_MESSAGES/twitchscope.mo``; the language is the
system's (``LANGUAGE``, ``LC_ALL``, ``LC_MESSAGES``, ``LANG``).
"""

import functools
import gettext
import os
from pathlib import Path

DOMAIN = "twitchscope"
FOLDER = Path(__file__).parent / "locales"


@functools.cache
def _catalogue(folder: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, folder, fallback=True)


def _here() -> gettext.NullTranslations:
    return _catalogue(os.environ.get("TWITCHSCOPE_LOCALES", str(FOLDER)))


def for_later(text: str) -> str:
    """Return a text as it is: it is looked up where it is shown, and translators find it here."""
    return text


SHOWN_LABELS = (
    for_later("twitch"), for_later("voluntary"), for_later("heartbeat"), for_later("artifact"), for_later("uncertain"),
    for_later("no event"), for_later("weak"), for_later("medium"), for_later("strong"),
)  # fmt: skip
"""Labels and grades of the files, which are shown too."""


def tr(text: str) -> str:
    """Return a text in the user's language; what changes in it is filled in afterwards, by `str.format`."""
    return _here().gettext(text)


def tr_n(one: str, many: str, n: int) -> str:
    """Return the form of a text that goes with a number, with that number filled in for ``{n}``."""
    return _here().ngettext(one, many, n).format(n=n)

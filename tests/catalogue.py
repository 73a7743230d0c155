"""Catalogues of translated texts for tests."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo

from twitchscope import words

Text = str | tuple[str, ...]
"""Text, or its singular and plural forms."""

KEYWORDS = {"tr": None, "tr_n": (1, 2), "for_later": None}

FOREIGN = "esperante: "
"""Prefix of each text of `all_foreign`."""


def all_texts() -> set[Text]:
    """Return all texts for translation, extracted as described in CONTRIBUTING.md."""
    found: set[Text] = set()
    for path in sorted(Path(words.__file__).parent.rglob("*.py")):
        with path.open("rb") as file:
            found.update(message for _, message, _, _ in extract("python", file, keywords=KEYWORDS))
    return found


def all_foreign() -> dict[Text, Text]:
    """Return a translation of every text that differs from the English one."""
    return {
        text: FOREIGN + text if isinstance(text, str) else tuple(FOREIGN + form for form in text)
        for text in all_texts()
    }


def speak(translations: Mapping[Text, Text], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the user's language to one with these translations."""
    catalog = Catalog(locale="eo", domain=words.DOMAIN)
    for text, translated in translations.items():
        catalog.add(text, translated)
    path = folder / "eo" / "LC_MESSAGES" / f"{words.DOMAIN}.mo"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_mo(file, catalog)
    monkeypatch.setenv("LANGUAGE", "eo")
    monkeypatch.setenv("TWITCHSCOPE_LOCALES", str(folder))

"""Content of a report for a browser and a printer."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path


class Reader(HTMLParser):
    """Collector of text, and of anything a browser would load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [str(value) for name, value in attrs if name in ("src", "href")]
        self.loads += [tag] if tag in ("script", "iframe", "link", "object") else []

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def read_page(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    return reader


def tell_no_event(path: Path) -> None:
    """Change a session's document so that it contains no event."""
    document = json.loads(path.read_text("utf-8"))
    document["result"]["n_events"] = {}
    path.write_text(json.dumps(document), "utf-8")


def n_sheets(pdf: bytes) -> int:
    (count,) = re.findall(rb"/Count (\d+)", pdf)
    return int(count)

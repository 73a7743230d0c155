"""Reading of journal lines about sites; their content is checked, since anybody may have written it."""

from twitchscope.entries.sites import AFTER, ANSWER, BEFORE, CHECK, DETAILS, SITE, SITE_BEGIN, Answer, SiteBook
from twitchscope.storage.fields import Fields

SITE_KINDS = (SITE, ANSWER, CHECK)

MOST_SITES = 1000
"""Most sites of a session: a needle each minute for a long day."""


def take_site_line(fields: Fields, book: SiteBook) -> None:
    """Add a line of one of `SITE_KINDS` to the book.

    Raises
    ------
    RecordingError
        If a value has the wrong type.
    """
    kind, label, time_s = fields.text("kind"), fields.text("label"), fields.known_number("onset_s")
    if kind == CHECK:
        book.checks.append({"label": label, "onset_s": time_s, "text": fields.text("text")})
    elif kind == SITE and label == SITE_BEGIN and len(book.sites) < MOST_SITES:
        book.begin(time_s, {key: fields.text(key) for key in DETAILS})
    elif kind == SITE:
        book.end(time_s)
    else:
        when = fields.text("when")
        number = fields.known_number("site")
        if when in (BEFORE, AFTER):
            answer = Answer(label, when, fields.number("value"), fields.text("text"), fields.text("unit"))
            book.answer(round(number), answer)


def measures_of(document: Fields, number: int) -> Fields | None:
    """Return the measures of site `number` in ``session.json``, None if there are none."""
    for site in document.tables("sites"):
        if site.number("number") == number:
            return site.table("measures")
    return None


def channels_at(document: Fields, number: int) -> list[Fields]:
    """Return the channels during site `number` from ``session.json``, or those of the whole session if missing."""
    own = [site.tables("channels") for site in document.tables("sites") if site.number("number") == number]
    return (own[0] if own else []) or document.table("result").tables("channels")


def last_checks(book: SiteBook) -> list[tuple[str, str]]:
    """Return label and text of the last check of each kind, in the order in which they were made."""
    found: dict[str, str] = {}
    for check in book.checks:
        found.pop(check["label"], None)
        found[check["label"]] = check["text"]
    return list(found.items())

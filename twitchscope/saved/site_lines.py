"""Lines of a journal about sites, read again; what they hold is checked, since anybody may have written them."""

from twitchscope.entries.sites import AFTER, ANSWER, BEFORE, CHECK, DETAILS, SITE, SITE_BEGIN, Answer, SiteBook
from twitchscope.storage.fields import Fields

SITE_KINDS = (SITE, ANSWER, CHECK)

MOST_SITES = 1000
"""Sites of a session: a needle each minute for a long day."""


def take_site_line(fields: Fields, book: SiteBook) -> None:
    """Take a line of one of `SITE_KINDS`.

    Raises
    ------
    RecordingError
        When a value is not of its type.
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
    """Return what ``session.json`` holds of the measures of site `number`, None where it does not."""
    for site in document.tables("sites"):
        if site.number("number") == number:
            return site.table("measures")
    return None


def channels_at(document: Fields, number: int) -> list[Fields]:
    """Return what ``session.json`` holds of the channels during site `number`: of all the session where it does not."""
    own = [site.tables("channels") for site in document.tables("sites") if site.number("number") == number]
    return (own[0] if own else []) or document.table("result").tables("channels")


def last_checks(book: SiteBook) -> list[tuple[str, str]]:
    """Return the label and the words of the last check of each kind, in the order in which they were made."""
    found: dict[str, str] = {}
    for check in book.checks:
        found.pop(check["label"], None)
        found[check["label"]] = check["text"]
    return list(found.items())

"""What the sign says of the selected event."""

from twitchscope.live.status import Condition, Glance
from twitchscope.review.browser import Browser
from twitchscope.review.items import Item

CHOOSE = "no event selected"


def glance_of(browser: Browser) -> Glance:
    """Return what the sign shows; of a verdict nothing where the rating is blind."""
    item = browser.selected
    counts = f"{browser.n_decided} of {len(browser.items)} judged by {browser.rating.rater}"
    if item is None or browser.row is None:
        return Glance(Condition.RESTING, CHOOSE, "↑ ↓ go from event to event; F1 tells all keys", counts)
    number = f"{browser.row + 1} of {len(browser.items)}"
    rated = item.decision.label if item.decision is not None else "not yet judged"
    said = f"{browser.rating.rater}: {rated}"
    if browser.is_blind:
        return Glance(Condition.CANDIDATE, f"burst {number}", "what is it? 1 twitch · 2 voluntary · 3 heartbeat · "
                      "4 artifact · 5 uncertain", f"{said} · {counts}")  # fmt: skip
    return Glance(_condition(item), _headline(item), _detail(item), f"{said} · event {number} · {counts}")


def _condition(item: Item) -> Condition:
    if item.event is None:
        return Condition.CANDIDATE
    return Condition.TWITCH if item.event["label"] == "twitch" else Condition.NOT_A_TWITCH


def _headline(item: Item) -> str:
    if item.event is None:
        return "not told by the detector"
    if item.event["label"] == "twitch":
        return f"{Condition.TWITCH.value} {item.event['grade']}"
    return str(item.event["label"])


def _detail(item: Item) -> str:
    parts = [f"{item.onset_s:.3f} s", f"{1000.0 * (item.offset_s - item.onset_s):.0f} ms", item.channel]
    if item.event is not None:
        peak_uv, snr_db = item.event["peak_uv"], item.event["snr_db"]
        parts += [f"{peak_uv:.0f} µV"] if peak_uv is not None else []
        parts += [f"{10.0 ** (min(snr_db, 200.0) / 20.0):.0f} × baseline"] if snr_db is not None else []
    return " · ".join(parts)

"""Text of the sign on the selected event."""

from acquisition.core import AmplitudeUnit
from twitchscope.live.status import Condition, Glance, ratio_text
from twitchscope.review.browser import Browser
from twitchscope.review.items import Item
from twitchscope.words import for_later, tr

CHOOSE = for_later("no event selected")


def glance_of(browser: Browser, unit: AmplitudeUnit) -> Glance:
    """Return the content of the sign, the peak in `unit`; no verdict in blind rating."""
    item = browser.selected
    counts = tr("{n} of {all} judged by {rater}").format(
        n=browser.n_decided, all=len(browser.items), rater=browser.rating.rater
    )
    if item is None or browser.row is None:
        return Glance(Condition.RESTING, tr(CHOOSE), tr("↑ ↓ go from event to event; F1 shows all keys"), counts)
    number = tr("{n} of {all}").format(n=browser.row + 1, all=len(browser.items))
    rated = tr(item.decision.label) if item.decision is not None else tr("not yet judged")
    rating = f"{browser.rating.rater}: {rated}"
    if browser.is_blind:
        headline = tr("burst {number}").format(number=number)
        question = tr("what is it? 1 twitch · 2 voluntary · 3 heartbeat · 4 artifact · 5 uncertain")
        return Glance(Condition.CANDIDATE, headline, question, f"{rating} · {counts}")
    return Glance(
        _condition(item), _headline(item), _detail(item, unit), f"{rating} · {tr('event')} {number} · {counts}"
    )


def _condition(item: Item) -> Condition:
    if item.event is None:
        return Condition.CANDIDATE
    return Condition.TWITCH if item.event.label == "twitch" else Condition.NOT_A_TWITCH


def _headline(item: Item) -> str:
    if item.event is None:
        return tr("not reported by the detector")
    if item.event.label == "twitch":
        return f"{tr(Condition.TWITCH.value)} {tr(item.event.grade)}"
    return tr(item.event.label)


def _detail(item: Item, unit: AmplitudeUnit) -> str:
    parts = [f"{item.onset_s:.3f} s", f"{1000.0 * (item.offset_s - item.onset_s):.0f} ms", item.channel]
    if item.event is not None:
        peak_uv, snr_db = item.event.peak_uv, item.event.snr_db
        parts += [f"{peak_uv:.0f} {tr(unit)}"] if peak_uv is not None else []
        parts += [ratio_text(snr_db, item.event.over_floor)] if snr_db is not None else []
    return " · ".join(parts)

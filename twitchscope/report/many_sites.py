"""Many sites on one page: a line for each, and their answers side by side."""

from collections.abc import Callable, Sequence

from twitchscope.findings.measured_site import SiteRecord, with_interval
from twitchscope.report.page import Heading, Part, Table
from twitchscope.report.sites import SiteTold

MOST_IN_FULL = 2
"""Sites that have paragraphs of their own; more stand in tables."""

SITES_A_TABLE = 6
"""Sites whose answers stand side by side."""

WIDTHS = (28, 24, 16, 16, 16, 16, 16)


def many_sites(
    sites: Sequence[SiteTold], outcome: Callable[[SiteTold], str], passes: Callable[[SiteTold], str], unit: str
) -> list[Part]:
    """Return what stands on the page of more than `MOST_IN_FULL` sites.

    Parameters
    ----------
    sites : sequence of SiteTold
        In their order.
    outcome, passes : callable
        What came of a site, and of its marked needle passes, in few words.
    unit : str
        What amplitudes are in.
    """
    rows = [(site.title, outcome(site), passes(site), *_levels(site.record)) for site in sites]
    parts: list[Part] = [Heading("Sites"), Table(_header(unit), tuple(rows), WIDTHS)]
    answered = [site for site in sites if site.answers]
    groups = (answered[first : first + SITES_A_TABLE] for first in range(0, len(answered), SITES_A_TABLE))
    return [*parts, *(_answers(group) for group in groups)]


def _header(unit: str) -> tuple[str, ...]:
    levels = (f"before, {unit}", f"after, {unit}", "after / before")
    return ("site", "outcome", "marked passes with a twitch", "twitch to twitch", *levels)


def _answers(sites: Sequence[SiteTold]) -> Table:
    """Return what was answered before and after at each site."""
    asked = dict.fromkeys(row[0] for site in sites for row in site.answers)
    by_site = [{row[0]: f"{row[1]} → {row[2]}" for row in site.answers} for site in sites]
    rows = tuple((words, *(told.get(words, "") for told in by_site)) for words in asked)
    return Table(("before → after", *(f"site {site.number}" for site in sites)), rows, (26, *(18 for _ in sites)))


def _levels(site: SiteRecord | None) -> tuple[str, str, str, str]:
    if site is None:
        return ("", "", "", "")
    told = site.measures
    estimates = (told.decay, told.before.level_uv, told.after.level_uv, told.level_ratio)
    decay, before, after, ratio = ("" if one is None else with_interval(one) for one in estimates)
    return (f"× {decay}" if decay else "", before, after, ratio)

"""Tables of many sites on one page: one line per site, and their answers side by side."""

from collections.abc import Callable, Sequence

from twitchscope.findings.measured_site import SiteRecord
from twitchscope.findings.site_text import with_interval
from twitchscope.report.page import Heading, Part, Table
from twitchscope.report.sites import ReportSite

MOST_IN_FULL = 2
"""Number of sites up to which each is reported in full; beyond it they are listed in tables."""

SITES_A_TABLE = 6
"""Number of sites side by side in a table of answers."""

WIDTHS = (28, 24, 16, 16, 16, 16, 16)


def many_sites(
    sites: Sequence[ReportSite], outcome: Callable[[ReportSite], str], passes: Callable[[ReportSite], str], unit: str
) -> list[Part]:
    """Return the parts of a page with more than `MOST_IN_FULL` sites.

    Parameters
    ----------
    sites : sequence of ReportSite
        The sites in order.
    outcome, passes : callable
        Return a few words on the outcome of a site, and on its marked needle passes.
    unit : str
        Unit of amplitudes.
    """
    rows = [(site.title, outcome(site), passes(site), *_levels(site.record)) for site in sites]
    parts: list[Part] = [Heading("Sites"), Table(_header(unit), tuple(rows), WIDTHS)]
    answered = [site for site in sites if site.answers]
    groups = (answered[first : first + SITES_A_TABLE] for first in range(0, len(answered), SITES_A_TABLE))
    return [*parts, *(_answers(group) for group in groups)]


def _header(unit: str) -> tuple[str, ...]:
    levels = (f"before, {unit}", f"after, {unit}", "after / before")
    return ("site", "outcome", "marked passes with a twitch", "twitch to twitch", *levels)


def _answers(sites: Sequence[ReportSite]) -> Table:
    """Return the table of answers before and after at each site."""
    questions = dict.fromkeys(row[0] for site in sites for row in site.answers)
    by_site = [{row[0]: f"{row[1]} → {row[2]}" for row in site.answers} for site in sites]
    rows = tuple((question, *(answers.get(question, "") for answers in by_site)) for question in questions)
    return Table(("before → after", *(f"site {site.number}" for site in sites)), rows, (26, *(18 for _ in sites)))


def _levels(site: SiteRecord | None) -> tuple[str, str, str, str]:
    if site is None:
        return ("", "", "", "")
    measures = site.measures
    estimates = (measures.decay, measures.before.level_uv, measures.after.level_uv, measures.level_ratio)
    decay, before, after, ratio = ("" if one is None else with_interval(one) for one in estimates)
    return (f"× {decay}" if decay else "", before, after, ratio)

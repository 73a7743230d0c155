"""Measures of a site as text for a person, in English."""

import math

from acquisition.core import AmplitudeUnit
from dsp.sites.measures import Estimate, Stretch
from twitchscope.findings.measured_site import UNSTAMPED, SiteRecord, rounded
from twitchscope.words import for_later

WANDERS = "within what rest does by itself"
TOO_LITTLE = "too little rest for an interval"
"""Remarks on the ratio of two levels of rest: its interval contains 1, and it has none."""


def site_lines(site: SiteRecord, unit: AmplitudeUnit) -> list[str]:
    """Return the known measures of a site as lines for a person, levels in `unit`."""
    lines = [f"{name}: {value}" for name, value in site_facts(site, unit)]
    is_unstamped = site.measures.n_twitches and site.measures.n_passes is None
    return [*lines, UNSTAMPED.split(":")[0]] if is_unstamped else lines


def site_facts(site: SiteRecord, unit: AmplitudeUnit) -> list[tuple[str, str]]:
    """Return the known measures of a site as names and values for a person, levels in `unit`."""
    facts, measures = [], site.measures
    if measures.n_twitches and measures.twitches_per_min:
        facts.append(("twitches a minute", with_interval(measures.twitches_per_min)))
    if measures.twitches_per_pass:
        facts.append(("share of stamped contacts with a twitch", with_interval(measures.twitches_per_pass)))
    if measures.decay:
        name = f"amplitude from one twitch to the next, first three steps, {site.channel}"
        facts.append((name, f"× {with_interval(measures.decay)} from {_of_all(measures.decay.n, measures.n_twitches)}"))
    name = "spontaneous activity at the needle" if measures.is_needle else f"resting baseline, {site.channel}"
    facts += [
        *_stretch_facts(f"{name} before", measures.before, unit),
        *_stretch_facts(f"{name} after", measures.after, unit),
    ]
    if measures.level_ratio:
        facts.append(("after / before", _ratio_text(measures.level_ratio)))
    if measures.silence_s:
        facts.append(("endplates silent after a twitch", _median_text(measures.silence_s, "s")))
    if measures.latency_ms:
        facts.append(("latency after a stamped contact", _median_text(measures.latency_ms, "ms")))
    if measures.irritability is not None:
        score = _interval_text(measures.irritability, measures.irritability_low, measures.irritability_high)
        facts.append(("irritability", f"{score} of 1: exploratory, not validated"))
    return facts


def _of_all(n: int, n_all: int) -> str:
    """Return the number of twitches that a measure is based on, and of how many."""
    return f"{n} twitches" if n == n_all else f"{n} of {n_all} twitches, the others were larger elsewhere"


def _median_text(estimate: Estimate, unit: str) -> str:
    return f"{with_interval(estimate)} {unit} (median of {estimate.n})"


def _ratio_text(ratio: Estimate) -> str:
    """Return the ratio of a level after to before, and whether it is within the variation of rest."""
    if not (math.isfinite(ratio.low) and math.isfinite(ratio.high)):
        return f"{with_interval(ratio)}, {TOO_LITTLE}"
    is_within = ratio.low <= 1.0 <= ratio.high
    return f"{with_interval(ratio)}, {WANDERS}" if is_within else with_interval(ratio)


def _stretch_facts(name: str, stretch: Stretch, unit: AmplitudeUnit) -> list[tuple[str, str]]:
    parts = [] if stretch.level_uv is None else [f"{with_interval(stretch.level_uv)} {unit}"]
    n, share = stretch.n_loci, stretch.prevalence
    if n and share is not None:
        at = f"endplate noise at {round(share.value * n)} of {n} {'locus' if n == 1 else 'loci'}"
        parts.append(f"{at} ({100.0 * share.low:.0f} to {100.0 * share.high:.0f} %)")
    if stretch.spikes_per_s:
        parts.append(f"spikes a second {with_interval(stretch.spikes_per_s)}")
    return [(name, ", ".join(parts))] if parts else []


def estimate_text(estimate: Estimate | None) -> str:
    """Return an estimate as text in English; `tr` translates it for the screen."""
    return for_later("not known") if estimate is None else with_interval(rounded(estimate))


def with_interval(estimate: Estimate) -> str:
    """Return an estimate of a file as text: the value, and its 95 % interval if known."""
    return _interval_text(estimate.value, estimate.low, estimate.high)


def _interval_text(value: float, low: float | None, high: float | None) -> str:
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return f"{value:.2f}"
    return for_later("{value:.2f} ({low:.2f} to {high:.2f})", value=value, low=low, high=high)

"""Measures of a site, as stored in files."""

import math
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

from dsp.sites.measures import Estimate, SiteMeasures, Stretch
from twitchscope.storage.fields import Fields, Record

Measured = TypeVar("Measured", SiteMeasures, Estimate)

DIGITS = 4
"""Decimal places in files."""

UNSTAMPED = "no needle contact was stamped by the board: twitches per pass and irritability from them are not known"
"""Remark on a site without stamped contacts."""


@dataclass(frozen=True, slots=True)
class SiteRecord:
    """Measures of a site.

    Attributes
    ----------
    channel : str
        Channel on which its twitches and its resting baseline at the skin were measured.
    measures : SiteMeasures
        Rounded as in files. An unknown end of an interval is not finite.
    """

    channel: str
    measures: SiteMeasures

    @staticmethod
    def from_json(record: Fields) -> "SiteRecord | None":
        """Return a site of ``session.json``, or None if nothing was measured.

        Raises
        ------
        RecordingError
            If a value has the wrong type.
        """
        n_twitches, n_passes = record.number("n_twitches"), record.number("n_passes")
        if n_twitches is None:
            return None
        measures = SiteMeasures(
            n_twitches=round(n_twitches),
            n_passes=None if n_passes is None else round(n_passes),
            twitches_per_pass=_estimate(record, "twitches_per_pass"),
            twitches_per_min=_estimate(record, "twitches_per_min"),
            decay=_estimate(record, "decay"),
            is_needle=record.flag("is_needle", False),
            before=_stretch(record.table("before")),
            after=_stretch(record.table("after")),
            level_ratio=_estimate(record, "level_ratio"),
            silence_s=_estimate(record, "silence_s"),
            latency_ms=_estimate(record, "latency_ms"),
            irritability=record.number("irritability"),
            irritability_low=record.number("irritability_low"),
            irritability_high=record.number("irritability_high"),
        )
        return SiteRecord(record.text("channel"), measures)


@dataclass(frozen=True, slots=True)
class MeasuredSite(SiteRecord):
    """Site as it was measured.

    Attributes
    ----------
    remarks : list of str
        What was taken as the site and as its passes.
    around_twitches, around_passes : list of dict
        Activity on each needle before and after each twitch and each pass, for JSON.
    """

    remarks: list[str]
    around_twitches: list[Record]
    around_passes: list[Record]

    def to_json(self) -> Record:
        """Return the object written by `analyze --format json` and in ``session.json`` (see docs/files.md)."""
        return {
            "channel": self.channel,
            "remarks": self.remarks,
            **plain(asdict(self.measures)),
            "around_twitches": self.around_twitches,
            "around_passes": self.around_passes,
        }


def rounded(measured: Measured) -> Measured:
    """Return measures or an estimate, rounded as in files."""
    measures: Measured = _rounded(measured)
    return measures


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DIGITS)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: _rounded(getattr(value, one.name)) for one in fields(value)})
    return value


def plain(value: Any) -> Any:
    """Return dictionaries with rounded numbers, and None (null) for numbers that JSON cannot represent."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, float):
        return round(value, DIGITS) if math.isfinite(value) else None
    return value


def _estimate(record: Fields, key: str) -> Estimate | None:
    if key not in record:
        return None
    estimate = record.table(key)
    low, high = (math.nan if end is None else end for end in map(estimate.number, ("low", "high")))
    return Estimate(estimate.known_number("value"), low, high, round(estimate.number("n") or 0))


def _stretch(record: Fields) -> Stretch:
    share = _estimate(record, "prevalence")
    has_share = share is not None and math.isfinite(share.low) and math.isfinite(share.high)
    n_loci = record.number("n_loci")
    return Stretch(
        _estimate(record, "level_uv"),
        round(n_loci) if n_loci is not None and has_share else None,
        share,
        _estimate(record, "spikes_per_s"),
    )

"""The measures of the site as ``session.json`` holds them, checked."""

from twitchscope.storage.fields import Fields, Record

ESTIMATES = ("twitches_per_pass", "twitches_per_min", "decay", "level_ratio", "silence_s", "latency_ms")


def site_of(fields: Fields) -> Record | None:
    """Return the object ``site`` with the keys that `site_facts` works with, None where there is none.

    Raises
    ------
    RecordingError
        When a value is not of its type.
    """
    if "n_twitches" not in fields:
        return None
    return {
        "channel": fields.text("channel"),
        "n_twitches": fields.number("n_twitches"),
        "n_passes": fields.number("n_passes"),
        "is_needle": fields.flag("is_needle", False),
        **{key: fields.number(key) for key in ("irritability", "irritability_low", "irritability_high")},
        **{key: _estimate(fields, key) for key in ESTIMATES},
        **{when: _stretch(fields.table(when)) for when in ("before", "after")},
    }


def _estimate(fields: Fields, key: str) -> Record | None:
    if key not in fields:
        return None
    told = fields.table(key)
    n = told.number("n")
    return {
        "value": told.known_number("value"),
        "low": told.number("low"),
        "high": told.number("high"),
        "n": None if n is None else round(n),
    }


def _stretch(fields: Fields) -> Record:
    share = _estimate(fields, "prevalence")
    has_share = share is not None and share["low"] is not None and share["high"] is not None
    n_loci = fields.number("n_loci")
    return {
        "level_uv": _estimate(fields, "level_uv"),
        "n_loci": round(n_loci) if n_loci is not None and has_share else None,
        "prevalence": share,
        "spikes_per_s": _estimate(fields, "spikes_per_s"),
    }

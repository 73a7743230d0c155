"""An event as the user knows it: its channels by their names, its numbers rounded as files have them."""

from dataclasses import dataclass

from twitchscope.storage.fields import Fields, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A burst and the verdict on it, as far as they are known: not every journal tells all.

    Attributes
    ----------
    onset_s, offset_s : float
        Seconds since the first sample.
    label : str
        As of `dsp.TwitchEvent`; only ``twitch`` is confirmed. A journal may have any.
    confidence : float or None
        Of the label, 0 to 1.
    reasons : tuple of str
        What decided it, the weightiest first.
    channel : str
        On which it was strongest.
    channels : tuple of str
        On which it was seen.
    peak_uv : float or None
        Largest deviation, in µV.
    snr_db : float or None
        Peak over the resting baseline or the local floor, in dB.
    grade : str
        ``weak``, ``medium`` or ``strong``; empty where it is not told.
    latency_ms : float or None
        After a stamped needle contact.
    over_floor : bool or None
        Whether `snr_db` is over the local floor; None where an older journal does not tell.
    feedback_shown : bool
        Whether verdicts were shown as it came.
    """

    onset_s: float
    offset_s: float
    label: str
    confidence: float | None
    reasons: tuple[str, ...]
    channel: str
    channels: tuple[str, ...]
    peak_uv: float | None
    snr_db: float | None
    grade: str
    latency_ms: float | None
    over_floor: bool | None
    feedback_shown: bool = True

    @staticmethod
    def from_json(fields: Fields) -> "Event":
        """Return the event that a line of a journal tells of; it ends no sooner than it begins.

        Raises
        ------
        RecordingError
            When it tells no onset, or a value is not of its type; in one sentence.
        """
        onset_s = fields.known_number("onset_s")
        offset_s = fields.number("offset_s")
        return Event(
            onset_s=onset_s,
            offset_s=max(onset_s, offset_s if offset_s is not None else onset_s),
            label=fields.text("label"),
            confidence=fields.number("confidence"),
            reasons=tuple(fields.texts("reasons")),
            channel=fields.text("channel"),
            channels=tuple(fields.texts("channels")),
            peak_uv=fields.number("peak_uv"),
            snr_db=fields.number("snr_db"),
            over_floor=fields.flag("over_floor", False) if "over_floor" in fields else None,
            grade=fields.text("grade"),
            latency_ms=fields.number("latency_ms"),
            feedback_shown=fields.flag("feedback_shown", True),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectedEvent(Event):
    """An event as the detector tells it: all is known that can be measured.

    Attributes
    ----------
    rms_uv : float
        From onset to offset, less the floor's, in µV.
    onset_uncertainty_ms : float or None
        Half the width of the interval that holds the onset in about 68 of 100 cases; None where it was not worked out.
    """

    confidence: float
    peak_uv: float
    rms_uv: float
    snr_db: float
    onset_uncertainty_ms: float | None
    over_floor: bool

    def to_json(self) -> Record:
        """Return the object that `analyze --format json` and the journal write (see docs/files.md)."""
        return {
            "onset_s": self.onset_s,
            "offset_s": self.offset_s,
            "label": self.label,
            "confidence": self.confidence,
            "reasons": list(self.reasons),
            "channel": self.channel,
            "channels": list(self.channels),
            "peak_uv": self.peak_uv,
            "rms_uv": self.rms_uv,
            "snr_db": self.snr_db,
            "grade": self.grade,
            "latency_ms": self.latency_ms,
            "onset_uncertainty_ms": self.onset_uncertainty_ms,
            "over_floor": self.over_floor,
        }

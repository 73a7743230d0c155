"""Event for the user: channels by name, numbers rounded as in files."""

from dataclasses import dataclass

from twitchscope.storage.fields import Fields, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Burst and its verdict, as far as known: not every journal has all values.

    Attributes
    ----------
    onset_s, offset_s : float
        Seconds since the first sample.
    label : str
        As in `dsp.TwitchEvent`; only ``twitch`` is confirmed. A journal may have any label.
    confidence : float or None
        Confidence in the label, 0 to 1.
    reasons : tuple of str
        Reasons for the label, the most important first.
    channel : str
        Channel with the strongest burst.
    channels : tuple of str
        All channels on which the burst was detected.
    peak_uv : float or None
        Largest absolute value, in µV.
    snr_db : float or None
        Peak over the resting baseline or the local floor, in dB.
    grade : str
        ``weak``, ``medium`` or ``strong``; empty if not known.
    latency_ms : float or None
        Time since the last hardware-stamped needle contact, in ms.
    over_floor : bool or None
        Whether `snr_db` is over the local floor; None if an older journal does not contain it.
    feedback_shown : bool
        Whether verdicts were shown at the time.
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
        """Return the event of a journal line; its offset is at least its onset.

        Raises
        ------
        RecordingError
            If the onset is missing or a value has the wrong type; the message is one sentence.
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
    """Event from the detector, with all measured values.

    Attributes
    ----------
    rms_uv : float
        RMS from onset to offset with the power of the floor subtracted, in µV.
    onset_uncertainty_ms : float or None
        Half the width of the 68 % interval of the onset; None if it was not estimated.
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

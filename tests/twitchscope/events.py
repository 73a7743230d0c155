"""Events made for tests, without a detector."""

from twitchscope.findings.event import DetectedEvent


def event(
    onset_s: float = 2.0,
    label: str = "twitch",
    channel: str = "A",
    *,
    offset_s: float | None = None,
    channels: tuple[str, ...] | None = None,
    peak_uv: float = 80.0,
    snr_db: float = 26.0,
    grade: str = "medium",
    reasons: tuple[str, ...] = ("brief",),
    latency_ms: float | None = None,
    over_floor: bool = False,
    feedback_shown: bool = True,
) -> DetectedEvent:
    """Return an event of 60 ms on one channel, with the given changes."""
    return DetectedEvent(
        onset_s=onset_s,
        offset_s=onset_s + 0.06 if offset_s is None else offset_s,
        label=label,
        confidence=0.9,
        reasons=reasons,
        channel=channel,
        channels=(channel,) if channels is None else channels,
        peak_uv=peak_uv,
        rms_uv=20.0,
        snr_db=snr_db,
        grade=grade,
        latency_ms=latency_ms,
        onset_uncertainty_ms=None,
        over_floor=over_floor,
        feedback_shown=feedback_shown,
    )

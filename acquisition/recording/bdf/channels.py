"""Conversion of the board's channels to BDF+ header fields, and back.

The fields restore everything in this reader and stay readable in other programs:

=============  ==========================================================================================
transducer     ``role; muscle; side`` or ``role; muscle; side; needled band``; ``aux`` for an auxiliary column
prefiltering   ``none, raw`` or ``none, raw; full scale 32767; gain 24``; full scale where it differs from the board's
recording      ``Startdate 22-NOV-2026 <code> X <board> band_hz=65.5 counter=8``
dimension      ``uV``, ``mV`` or ``V``; ``counts`` or ``kcounts`` where the µV per count are unknown
=============  ==========================================================================================
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction

from acquisition.core import (
    ADS1299_FULL_SCALE_COUNTS,
    TAKEN_AS_ECG,
    UNKNOWN_SCALE,
    AmplitudeUnit,
    AuxChannel,
    BoardInfo,
    Channel,
    RecordingError,
    Role,
    are_in_counts,
    brief_list,
    distinct_label,
    is_count,
    is_heart,
    is_no_voltage,
    microvolts_per_unit,
)
from acquisition.recording.bdf.header import ANNOTATION_LABELS, SignalHeader, exact_number, startdate_text
from acquisition.recording.column_names import NO_VOLTAGE

DIGITAL_MAX = ADS1299_FULL_SCALE_COUNTS
"""Largest digital value of every signal. The range is symmetric, so that no sample is shifted by half a count."""

AUX = "aux"
NEEDLED_BAND = "needled band"
RAW = "none, raw"
MAX_SCALE_ERROR = 1e-4
RECORDING_WIDTH = 80
MIN_BOARD_NAME = 8

TRIGGER_LABELS = ("status", "trigger")
"""Labels of trigger columns of BioSemi and others, in lowercase; MNE uses the same two."""

UNIT_IN_LABEL = re.compile(r"[(\[]([^()\[\]]+)[)\]]\s*$")

LEAST_RANGE_UV = 0.005
"""Maximum end of a range that is taken as V where no unit is stated, ±5 mV: in µV or mV it would hold no EMG."""

PLAUSIBLE_RANGE_UV = 10.0
"""Ends of a range below this are questioned, because no EMG has so few µV."""

MICROVOLTS_PER_DIMENSION = {"uV": 1.0, "mV": 1e3, "V": 1e6}
COUNTS_PER_DIMENSION = {"counts": 1.0, "kcounts": 1e3}
"""Dimensions written, and their size. Where the scale of a board is unknown, counts remain counts."""

_RAW = re.compile(rf"{RAW}(?:; full scale (\d{{1,8}}|unknown))?(?:; gain (\S+))?")

AUX_DIGITAL_MAXIMA = (DIGITAL_MAX, 8_388_600, 8_388_000, 8_380_000, 8_000_000)
"""Digital maxima tried for an auxiliary column until its scale is exact in 8 characters."""


def channel_signals(info: BoardInfo, n_samples: int) -> list[SignalHeader]:
    """Return the headers of all columns of a board, signals first, then aux columns, with unique labels."""
    signals = [_signal_of_channel(channel, info.amplitude_unit, n_samples) for channel in info.channels]
    signals += [_signal_of_aux(column, n_samples) for column in info.aux]
    labels: list[str] = list(ANNOTATION_LABELS)
    for number, signal in enumerate(signals, start=1):
        labels.append(distinct_label(signal.label or f"signal {number}", labels))
    named = zip(signals, labels[len(ANNOTATION_LABELS) :], strict=True)
    return [replace(signal, label=label) for signal, label in named]


def _signal_of_channel(channel: Channel, amplitude_unit: AmplitudeUnit, n_samples: int) -> SignalHeader:
    magnitude, unit = _magnitude_of_channel(channel, amplitude_unit)
    fields = [channel.role.value, _field_text(channel.muscle), _field_text(channel.side)]
    fields += [NEEDLED_BAND] if channel.needled_band else []
    own = channel.full_scale_counts
    full_scale = "" if own is None else f"; full scale {own or 'unknown'}"
    gain = "" if channel.gain is None else f"; gain {channel.gain:g}"
    return SignalHeader(
        ascii_text(channel.name)[:16].strip(),
        "; ".join(fields)[:80].strip(),
        unit,
        f"-{magnitude}",
        magnitude,
        -DIGITAL_MAX,
        DIGITAL_MAX,
        f"{RAW}{full_scale}{gain}",
        n_samples,
    )


def _signal_of_aux(column: AuxChannel, n_samples: int) -> SignalHeader:
    digital_max, magnitude = _range_of_aux(column)
    return SignalHeader(
        ascii_text(column.name)[:16].strip(),
        AUX,
        ascii_text(column.unit)[:8].strip(),
        f"-{magnitude}",
        magnitude,
        -digital_max,
        digital_max,
        RAW,
        n_samples,
    )


def _magnitude_of_channel(channel: Channel, amplitude_unit: AmplitudeUnit) -> tuple[str, str]:
    """Return the physical maximum and its unit; exact for every gain of an ADS1299."""
    full_scale_uv = channel.microvolts_per_count * DIGITAL_MAX
    dimensions = MICROVOLTS_PER_DIMENSION if amplitude_unit is AmplitudeUnit.MICROVOLTS else COUNTS_PER_DIMENSION
    for unit, microvolts in dimensions.items():
        text = _seven_characters(full_scale_uv / microvolts)
        if text is not None and _scale_error(text, full_scale_uv / microvolts) <= MAX_SCALE_ERROR:
            return text, unit
    raise RecordingError(
        f"channel {channel.name!r} has {channel.microvolts_per_count:g} {amplitude_unit} per count: no scale that BDF "
        "can hold"
    )


def _range_of_aux(column: AuxChannel) -> tuple[int, str]:
    """Return the digital and physical maximum of an aux column, exact where one of the digital maxima allows it."""
    texts = [(digital, _seven_characters(column.unit_per_count * digital)) for digital in AUX_DIGITAL_MAXIMA]
    for digital, text in texts:
        if text is not None and _scale_error(text, column.unit_per_count * digital) < 1e-12:
            return digital, text
    digital, text = texts[0]
    if text is None or _scale_error(text, column.unit_per_count * digital) > MAX_SCALE_ERROR:
        raise RecordingError(
            f"column {column.name!r} has {column.unit_per_count:g} {column.unit} per count: no scale that BDF can hold"
        )
    return digital, text


def _seven_characters(value: float) -> str | None:
    """Return `value` in at most 7 characters, rounded away from zero, so that data never leave the range.

    Floating-point noise is not rounded up: 187500.00000000003 is 187500.
    """
    if not (math.isfinite(value) and 0.0 < value <= 9_999_999.0):
        return None
    exact = Decimal(f"{value:.12g}")
    decimals = max(0, 7 - 1 - len(str(int(exact))))
    rounded = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_CEILING)
    text = format(rounded, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text if len(text) <= 7 else None


def _scale_error(text: str, value: float) -> float:
    return abs(float(text) / value - 1.0)


def effective_info(info: BoardInfo) -> BoardInfo:
    """Return `info` with the scales that its recording will have, as represented in 8 characters."""
    channels = tuple(
        replace(
            channel, microvolts_per_count=_microvolts_per_count(_signal_of_channel(channel, info.amplitude_unit, 1))
        )
        for channel in info.channels
    )
    aux = tuple(replace(column, unit_per_count=_signal_of_aux(column, 1).unit_per_count) for column in info.aux)
    return replace(info, channels=channels, aux=aux)


def _microvolts_per_count(signal: SignalHeader) -> float:
    # round only once: the scale of an ADS1299 at gain 24 is 187500 / 8388607 to the last bit
    factor = COUNTS_PER_DIMENSION[signal.dimension] if is_in_counts(signal) else microvolts_per_unit(unit_of(signal))
    return float(signal.exact_unit_per_count * Fraction(str(factor or 1.0)))


def unit_of(signal: SignalHeader) -> str:
    """Return the unit of a signal: as stated, else from its label, else V where the range allows nothing else."""
    if is_no_voltage(signal.dimension) or is_count(signal.dimension) or microvolts_per_unit(signal.dimension):
        return signal.dimension
    return _unit_in_label(signal) or ("V" if _greatest(signal) < LEAST_RANGE_UV else "")


def _unit_in_label(signal: SignalHeader) -> str:
    """Return the unit of voltage at the end of a label, empty where there is none."""
    found = UNIT_IN_LABEL.search(signal.label)
    return found[1] if found and microvolts_per_unit(found[1]) else ""


def recording_field(info: BoardInfo, started_at: datetime, code: str, written_rate_hz: float) -> str:
    """Return the recording field: date, administration code, no technician, board, and further facts for this reader.

    Parameters
    ----------
    info : BoardInfo
        Board description.
    started_at : datetime
        Start of the recording.
    code : str
        Pseudonym of the session.
    written_rate_hz : float
        Rate that follows from record length and duration. Where it differs from the board's, that is written too.
    """
    facts = [] if written_rate_hz == info.sampling_rate_hz else [f"rate_hz={info.sampling_rate_hz:.10g}"]
    facts.append(f"band_hz={info.bandwidth_hz:.6g}")
    if info.full_scale_counts != DIGITAL_MAX:
        facts.append(f"full={info.full_scale_counts}")
    facts.append(f"counter={info.counter_bits}")
    head = f"Startdate {startdate_text(started_at)} {_subfield(code)[:12]} X"
    tail = ""
    for fact in facts:  # in order of importance, as far as 80 characters allow
        if len(head) + 1 + MIN_BOARD_NAME + len(tail) + 1 + len(fact) <= RECORDING_WIDTH:
            tail += f" {fact}"
    return f"{head} {_subfield(info.name)[: RECORDING_WIDTH - len(head) - 1 - len(tail)]}{tail}"


@dataclass(frozen=True, slots=True)
class RecordingFacts:
    """Contents of TwitchScope's recording field; None, 0 or empty where absent."""

    board: str
    bandwidth_hz: float | None
    counter_bits: int
    full_scale_counts: int | None
    rate_hz: float | None


def recording_facts(field: str) -> RecordingFacts:
    """Parse a recording field, of TwitchScope or another program."""
    subfields = field.split()
    is_edf_plus = len(subfields) >= 5 and subfields[0] == "Startdate"
    board = _whole_name(subfields[4].replace("_", " ")) if is_edf_plus and subfields[4] != "X" else ""
    facts = dict(text.split("=", 1) for text in subfields[5:] if "=" in text) if is_edf_plus else {}
    counter_bits, full_scale = _positive(facts.get("counter")), _positive(facts.get("full"))
    return RecordingFacts(
        board,
        _positive(facts.get("band_hz")),
        int(counter_bits) if counter_bits is not None and counter_bits <= 64 else 0,
        int(full_scale) if full_scale is not None and 1 <= full_scale <= DIGITAL_MAX else None,
        _positive(facts.get("rate_hz")),
    )


def _whole_name(name: str) -> str:
    """Return the name of a board without an incomplete bracket, truncated by the width of the field."""
    return name[: name.rindex("(")].strip() or name if name.count("(") > name.count(")") else name


def channel_of_signal(signal: SignalHeader, name: str) -> Channel:
    """Return the channel that a signal of any file describes."""
    role, muscle, side, needled_band = _parse_transducer(signal.transducer) or (_role(signal), "", "", False)
    raw = _RAW.fullmatch(signal.prefiltering)
    own = raw[1] if raw else None
    return Channel(
        name,
        abs(_microvolts_per_count(signal)),
        role,
        _positive(raw[2]) if raw else None,
        muscle,
        side,
        needled_band,
        None if own is None else 0 if own == "unknown" else int(own),
    )


def channels_of_signals(signals: Sequence[SignalHeader], names: Iterable[str]) -> list[Channel]:
    """Return the channels of the signals of one file. Counts are switched off where other signals are voltages."""
    channels = [channel_of_signal(signal, name) for signal, name in zip(signals, names, strict=True)]
    if signals_are_in_counts(signals):
        return channels
    return [
        replace(channel, role=Role.OFF)
        if is_count(signal.dimension) and _parse_transducer(signal.transducer) is None
        else channel
        for channel, signal in zip(channels, signals, strict=True)
    ]


def signals_are_in_counts(signals: Sequence[SignalHeader]) -> bool:
    """Return whether all muscle signals, and hence the amplitudes of the recording, are in counts."""
    return are_in_counts((channel_of_signal(signal, "").role, unit_of(signal)) for signal in signals)


def is_raw(signal: SignalHeader) -> bool:
    """Return whether a signal was written by TwitchScope, with the full digital range whatever the samples."""
    return _RAW.fullmatch(signal.prefiltering) is not None and -signal.digital_min == signal.digital_max == DIGITAL_MAX


def is_in_counts(signal: SignalHeader) -> bool:
    """Return whether a signal was written by TwitchScope for a board of unknown scale."""
    return is_raw(signal) and signal.dimension in COUNTS_PER_DIMENSION


def _role(signal: SignalHeader) -> Role:
    """Return the role of a signal of another program, from its unit and its label."""
    if is_no_voltage(unit_of(signal)):
        return Role.OFF
    return Role.ECG if is_heart(signal.label) else Role.SURFACE


def guesses(signals: Sequence[SignalHeader]) -> list[str]:
    """Return the warnings about guessed channels, one sentence per kind."""
    undeclared = [signal for signal in signals if not microvolts_per_unit(signal.dimension)]
    roles = [channel.role for channel in channels_of_signals(signals, [""] * len(signals))]
    guessed = [one for one in zip(signals, roles, strict=True) if not _parse_transducer(one[0].transducer)]
    found = {
        NO_VOLTAGE: [f"{signal.label} ({signal.dimension})" for signal, role in guessed if role is Role.OFF],
        "no unit is stated, taken as µV": [_with_doubt(signal) for signal in undeclared if not unit_of(signal)],
        "no unit is stated, taken as V by the range in the header": [
            signal.label for signal in undeclared if unit_of(signal) == "V" and not _unit_in_label(signal)
        ],
        TAKEN_AS_ECG: [signal.label for signal, role in guessed if role is Role.ECG],
    }
    warnings = [f"{what}: {brief_list(labels)}" for what, labels in found.items() if labels]
    return [*warnings, *([UNKNOWN_SCALE] if signals_are_in_counts(signals) else [])]


def _with_doubt(signal: SignalHeader) -> str:
    """Return a signal's label, with a question where its range is small for µV."""
    end = _greatest(signal)
    return signal.label if end >= PLAUSIBLE_RANGE_UV else f"{signal.label} (up to {end:g}: is it in mV or V?)"


def _greatest(signal: SignalHeader) -> float:
    """Return the greatest magnitude in a signal's range, in its unit."""
    return float(max(abs(exact_number(signal.physical_min)), abs(exact_number(signal.physical_max))))


def aux_of_signal(signal: SignalHeader) -> AuxChannel:
    """Return the auxiliary column that a signal describes."""
    return AuxChannel(signal.label, signal.dimension, signal.unit_per_count)


def is_aux(signal: SignalHeader) -> bool:
    """Return whether a signal is an auxiliary column, by its transducer or by the label of a trigger column."""
    is_trigger = signal.label.lower() in TRIGGER_LABELS and not signal.transducer.startswith(tuple(Role))
    return signal.transducer == AUX or is_trigger


def _parse_transducer(text: str) -> tuple[Role, str, str, bool] | None:
    fields = [field.strip() for field in text.split(";")]
    if len(fields) in (3, 4) and fields[0] in list(Role):
        return Role(fields[0]), fields[1], fields[2], fields[3:] == [NEEDLED_BAND]
    return None


def _positive(text: str | None) -> float | None:
    try:
        value = float(text) if text is not None else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) and value > 0.0 else None


def ascii_text(text: str) -> str:
    """Return `text` in printable ASCII, as EDF+ headers require: accents are dropped, µ becomes u."""
    plain = unicodedata.normalize("NFKD", text.replace("µ", "u").replace("μ", "u").replace("ß", "ss"))
    kept = "".join(char for char in plain if not unicodedata.combining(char))
    return "".join(char if " " <= char <= "~" else "?" for char in kept)


def _field_text(text: str) -> str:
    return ascii_text(text).replace(";", ",").strip()[:24].strip()


def _subfield(text: str) -> str:
    return "_".join(ascii_text(text).replace("=", "-").split()) or "X"

"""Positions of the bipolar pairs on the skin, relative to the taut band."""

from dataclasses import dataclass, replace

ELECTRODE_SPACING_MM = 20.0
"""Usual distance between the two electrodes of a pair (SENIAM, Hermens 2000 [M])."""


@dataclass(frozen=True, slots=True)
class ElectrodePair:
    """Bipolar electrode pair parallel to the fibres.

    Attributes
    ----------
    name : str
        Label of the channel.
    along_mm : float
        Centre of the pair along the fibres; the innervation zone of the band is at 0.
    across_mm : float
        Centre across the fibres; the band is at 0.
    spacing_mm : float
        Distance between its two electrodes.
    """

    name: str
    along_mm: float
    across_mm: float
    spacing_mm: float = ELECTRODE_SPACING_MM


REFERENCE_PAIR = ElectrodePair("Reference", 30.0, 200.0)
"""Pair on another muscle, far from the band: the last channel."""

# The signals of both halves cancel in a pair right over the innervation zone, so the pairs over the band are 30 mm to
# either side (Barbero 2013 for the zone; Simons & Dexter 1995 used 40 mm).
_PAIRS = (
    ElectrodePair("Band A", 30.0, 0.0),
    ElectrodePair("Band B", -30.0, 0.0),
    ElectrodePair("Medial A", 30.0, -25.0),
    ElectrodePair("Lateral A", 30.0, 25.0),
    ElectrodePair("Medial B", -30.0, -25.0),
    ElectrodePair("Lateral B", -30.0, 25.0),
    ElectrodePair("Synergist A", 30.0, 70.0),
    ElectrodePair("Far medial A", 30.0, -45.0),
    ElectrodePair("Far lateral A", 30.0, 45.0),
    ElectrodePair("Far medial B", -30.0, -45.0),
    ElectrodePair("Far lateral B", -30.0, 45.0),
    ElectrodePair("Synergist B", -30.0, 70.0),
    ElectrodePair("Distal", 50.0, 0.0),
    ElectrodePair("Proximal", -50.0, 0.0),
    ElectrodePair("Antagonist", 30.0, 110.0),
)

MAX_CHANNELS = len(_PAIRS) + 1


def electrode_pairs(n_channels: int, spacing_mm: float = ELECTRODE_SPACING_MM) -> tuple[ElectrodePair, ...]:
    """Return the pairs of a board with `n_channels` channels (1 to 16): the band's first, the reference last."""
    if not 1 <= n_channels <= MAX_CHANNELS:
        raise ValueError(f"a simulated board has 1 to {MAX_CHANNELS} channels, not {n_channels}")
    pairs = _PAIRS[:1] if n_channels == 1 else (*_PAIRS[: n_channels - 1], REFERENCE_PAIR)
    return tuple(replace(pair, spacing_mm=spacing_mm) for pair in pairs)

"""Short sounds of verdicts as arrays: soft, since a beep makes a patient guard, and distinguishable by ear alone."""

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

ATTACK_S, RELEASE_S = 0.008, 0.03
"""Raised cosines at both ends, as an abrupt start would click."""


class Cue(Enum):
    """Meaning of a sound."""

    TWITCH = "twitch"
    NOT_A_TWITCH = "not a twitch"
    ELECTRODES = "electrodes"


@dataclass(frozen=True, slots=True)
class Note:
    """Tone with a fading overtone.

    Attributes
    ----------
    start_s, length_s : float
        Start and duration in seconds.
    pitch_hz : float
        Frequency of the tone; the overtone is two octaves above it and 20 dB weaker, as on a marimba.
    level : float
        Peak value; 1 is full scale.
    """

    start_s: float
    length_s: float
    pitch_hz: float
    level: float


NOTES = {
    Cue.TWITCH: (Note(0.0, 0.12, 660.0, 0.30), Note(0.09, 0.22, 990.0, 0.30)),
    Cue.NOT_A_TWITCH: (Note(0.0, 0.07, 440.0, 0.12),),
    Cue.ELECTRODES: tuple(Note(at_s, 0.16, 330.0, 0.30) for at_s in (0.0, 0.22, 0.44)),
}
"""A rising fifth; one dull tick; three low knocks. All above 300 Hz, which small loudspeakers still reproduce."""

OVERTONE = 0.1


def cue_samples(cue: Cue, rate_hz: float) -> NDArray[np.float32]:
    """Return a cue at a device's sampling rate, float32 of shape (n_samples,), full scale 1."""
    notes = NOTES[cue]
    sound = np.zeros(round(max(note.start_s + note.length_s for note in notes) * rate_hz))
    for note in notes:
        one = _note_samples(note, rate_hz)
        first = round(note.start_s * rate_hz)
        one = one[: len(sound) - first]
        sound[first : first + len(one)] += one
    return sound.astype(np.float32)


def _note_samples(note: Note, rate_hz: float) -> NDArray[np.float64]:
    time_s = np.arange(round(note.length_s * rate_hz)) / rate_hz
    turn = 2.0 * np.pi * note.pitch_hz * time_s
    fading = np.exp(-3.0 * time_s / note.length_s)
    tone = np.sin(turn) + OVERTONE * fading * np.sin(4.0 * turn)
    rise = 0.5 - 0.5 * np.cos(np.pi * np.clip(time_s / ATTACK_S, 0.0, 1.0))
    fall = 0.5 - 0.5 * np.cos(np.pi * np.clip((note.length_s - time_s) / RELEASE_S, 0.0, 1.0))
    shaped: NDArray[np.float64] = note.level / (1.0 + OVERTONE) * tone * fading * rise * fall
    return shaped

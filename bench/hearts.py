"""Measure the share of heartbeat bursts that are classified as heartbeats, against the beats' size over the noise.

Run as ``python -m bench.hearts [N_SCENES]`` from the project's root; ten scenes per size take half a minute. The scenes
are those of `bench.detection.scenes` with heartbeats and twitches; bursts near a twitch are left out.
"""

import sys
from dataclasses import replace

from bench.detection.composer import compose
from bench.detection.draft import Scene
from bench.detection.scenes import KINDS, detect, vary
from dsp import TwitchEvent

SIZES = (3.0, 4.0, 5.0, 6.0, 9.0)
FIRST_SEED = 7100
NEAR_S, LONGEST_S = 0.12, 0.2
"""A burst no longer than `LONGEST_S` belongs to a beat if it begins within `NEAR_S` of the beat's middle."""


def is_of_a_beat(event: TwitchEvent, scene: Scene) -> bool:
    """Return whether a burst belongs to a heartbeat and is not near a twitch."""
    if event.offset_s - event.onset_s > LONGEST_S:
        return False
    near_twitch = any(
        t.onset_s - NEAR_S < event.offset_s and event.onset_s < t.offset_s + NEAR_S for t in scene.twitches
    )
    middles_s = (0.5 * (c.start_s + c.stop_s) for c in scene.confounders if c.kind == "heartbeat")
    return not near_twitch and any(abs(event.onset_s - middle_s) < NEAR_S for middle_s in middles_s)


def main() -> None:
    n_scenes = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    print("over the noise  bursts of beats  told as heartbeats  as twitches")
    for size in SIZES:
        labels: list[str] = []
        for seed in range(FIRST_SEED, FIRST_SEED + n_scenes):
            scene = compose(replace(vary(KINDS["heart"], seed), heart=size), seed)
            labels += [event.label for event in detect(scene) if is_of_a_beat(event, scene)]
        told = 100.0 * labels.count("heartbeat") / max(1, len(labels))
        print(f"{size:>14.0f}  {len(labels):>15}  {told:>17.1f}%  {labels.count('twitch'):>11}")


if __name__ == "__main__":
    main()

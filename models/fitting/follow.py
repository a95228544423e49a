"""A hand followed through a film by fits alone: each starts where the one before it ended, there and back again.

One image of a fist seen edge-on has several explanations. Images before and after it have only one. The explanation
that the fits reach from both ends of the film is the one that the hand can have had.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from models.data.record import LabelledFrame
from models.fitting.image_fit import GENERATIONS
from models.fitting.label_check import FittedFrame, HandFigures, apart_mm, headline_mm, mean_hand, opened
from models.reading.networks import PoseNet

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FollowedFrame:
    """The fit that the film led to, of its two ways the one nearer to the image, beside fits of this frame alone.

    ways_apart_mm: between the fits of the two ways. poses_error_mm, poses_pa_error_mm: what `models.evaluate` says of
    the poses, without the wrist.
    """

    followed: HandFigures
    from_labels: HandFigures
    from_poses: HandFigures
    ways_apart_mm: float
    poses_error_mm: float
    poses_pa_error_mm: float


def follow(
    network: PoseNet, labelled: Sequence[LabelledFrame], generations: int = GENERATIONS
) -> dict[str, FollowedFrame]:
    """Consecutive frames by name; the two ways start at the network's pose in the first one and the last one.

    Frames with too little of a hand are left out. Raises ValueError with the frame's name where labels are no hand.
    """
    frames = {each.name: frame for each in labelled if (frame := opened(network, each)) is not None}
    there = _fits_in_turn(list(frames.values()), generations)
    back = _fits_in_turn(list(frames.values())[::-1], generations)[::-1]
    found = {}
    for (name, frame), *ways in _watched(list(zip(frames.items(), there, back))):
        followed = min((frame.figures(way) for way in ways), key=lambda hand: hand.off_image_mm)
        from_labels, from_poses = (
            frame.figures(frame.fitted(start, generations)) for start in (frame.at_labels, frame.at_poses)
        )
        ways_apart = apart_mm(*(frame.joints_cam_m(way) for way in ways))
        errors = headline_mm(frame.poses_cam_m, frame.labels_cam_m)
        found[name] = FollowedFrame(followed, from_labels, from_poses, ways_apart, *errors)
    return found


def _fits_in_turn(frames: Sequence[FittedFrame], generations: int) -> list[NDArray[np.float64]]:
    """The parameters of each frame's fit, which starts at that of the frame before it; the first at its pose."""
    fits: list[NDArray[np.float64]] = []
    for frame in _watched(frames):
        fits.append(frame.fitted(fits[-1] if fits else frame.at_poses, generations))
    return fits


def _watched(frames: Sequence[T]) -> Iterable[T]:
    """The frames as they are; on a terminal a bar shows how far they are."""
    return tqdm(frames, unit=" frames", disable=None)


def mean_followed(frames: Mapping[str, FollowedFrame]) -> FollowedFrame:
    """The means over frames, one at least."""
    rest = [(frame.ways_apart_mm, frame.poses_error_mm, frame.poses_pa_error_mm) for frame in frames.values()]
    return FollowedFrame(
        mean_hand([frame.followed for frame in frames.values()]),
        mean_hand([frame.from_labels for frame in frames.values()]),
        mean_hand([frame.from_poses for frame in frames.values()]),
        *np.mean(rest, axis=0).tolist(),
    )


def format_followed(frames: Mapping[str, FollowedFrame], model: str, data: str) -> str:
    """A line a frame and the means, for people."""
    names = ("followed", "labels'", "poses'", "ways apart", "error", "PA", "error", "PA", "to followed")
    lines = [
        f"{model}: {data}, {len(frames)} frames followed there and back; mm",
        f"{'':18s}{'off the image':>30s}{'':12s}{'followed':>24s}{'poses':>36s}",
        f"{'':18s}" + "".join(f"{name:>{10 if place < 3 else 12}s}" for place, name in enumerate(names)),
    ]
    for name, frame in frames.items():
        lines.append(_row(name, frame))
    lines.append(_row("mean", mean_followed(frames)))
    lines.append("labels', poses': fits of that frame alone which start at them; error and PA against the labels")
    return "\n".join(lines)


def _row(name: str, frame: FollowedFrame) -> str:
    followed = frame.followed
    fits = (hand.off_image_mm for hand in (followed, frame.from_labels, frame.from_poses))
    rest = (frame.ways_apart_mm, followed.error_mm, followed.pa_error_mm, frame.poses_error_mm, frame.poses_pa_error_mm)
    return (
        f"{name:18s}"
        + "".join(f"{value:10.1f}" for value in fits)
        + "".join(f"{value:12.1f}" for value in (*rest, followed.to_poses_mm))
    )

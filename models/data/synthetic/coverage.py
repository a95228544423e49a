"""What the pose sampler and the viewpoints cover: figures and histograms of joint angles, gestures and views."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import numpy as np
from numpy.typing import NDArray

from models.data.synthetic.poses import interpenetrates
from models.data.synthetic.variety import TRAINING, draw_angles, draw_view
from models.outputs import write_whole
from models.rendering.gestures import GESTURES
from models.rendering.limits import FULL, WRIST
from models.rendering.rig import ANGLES, REFERENCE_LENGTH_M, default_rig

matplotlib.use("Agg")
from matplotlib import pyplot

NEAR_GESTURE_DEG = 12.0
"""A pose counts as a gesture where its finger angles differ from it by no more than this on average."""

_LEVEL_DEG = 15.0
"""Fingers that point away from the camera or towards it by no more than this lie level."""
_AWAY_EDGES_DEG = np.arange(-90, 91, 30)
_SIDES = ("palm", "little side", "back", "thumb side")
"""What a hand shows that is turned about its fingers by 0, 90, 180 and -90 degrees."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """angles_deg: (N, 24) of the poses kept. rejected: share thrown away for interpenetration.

    gestures: share of the kept poses that are about each gesture. palm_to_camera: (N,) cosine between the palm's normal
    and the way to the camera, 1 for palms that face it. fingers_in_image: (N, 2) where fingers point, right and down.
    away_deg: (N,) how far fingers point away from the camera, negative towards it. yaw_deg: (N,) how far the hand is
    turned about its own fingers: 0 shows the palm, 180 the back, 90 and -90 its edges.
    """

    angles_deg: NDArray[np.float64]
    rejected: float
    gestures: dict[str, float]
    palm_to_camera: NDArray[np.float64]
    fingers_in_image: NDArray[np.float64]
    away_deg: NDArray[np.float64]
    yaw_deg: NDArray[np.float64]


def measure_coverage(count: int, seed: int = 0) -> Coverage:
    """Sample `count` poses and views the way training does."""
    rng = np.random.default_rng(seed)
    rig = default_rig()
    hand = rig.hand(np.zeros(rig.components), REFERENCE_LENGTH_M)
    kept: list[NDArray] = []
    tried = 0
    while len(kept) < count:
        tried += 1
        angles = draw_angles(TRAINING, rng)
        if not interpenetrates(hand.pose(angles).joints_hand_m, REFERENCE_LENGTH_M):
            kept.append(angles)
    poses = np.stack(kept)
    fingers = np.delete(np.arange(len(ANGLES)), WRIST)
    names = list(GESTURES)
    away = np.abs(poses[:, None, fingers] - np.stack([GESTURES[name] for name in names])[None, :, fingers]).mean(axis=2)
    near = np.degrees(away.min(axis=1)) < NEAR_GESTURE_DEG
    counted = Counter(names[index] for index in away.argmin(axis=1)[near])
    views = np.stack([draw_view(TRAINING, rng) for _ in range(count)])
    return Coverage(
        angles_deg=np.degrees(poses),
        rejected=1 - count / tried,
        gestures={name: counted[name] / count for name in names},
        palm_to_camera=-views[:, 2, 2],
        fingers_in_image=views[:, :2, 1],
        away_deg=np.degrees(np.arcsin(np.clip(views[:, 2, 1], -1, 1))),
        yaw_deg=np.degrees(np.arctan2(views[:, 2, 0], -views[:, 2, 2])),
    )


def view_shares(coverage: Coverage) -> NDArray[np.float64]:
    """Share (6, 4) of the views by pitch, from fingers at the camera to fingers away, and by the side that is seen."""
    side = np.mod(np.round(coverage.yaw_deg / 90), len(_SIDES))
    bins = (_AWAY_EDGES_DEG, np.arange(len(_SIDES) + 1) - 0.5)
    return np.histogram2d(coverage.away_deg, side, bins=bins)[0] / len(side)


def format_coverage(coverage: Coverage) -> str:
    """The figures as lines for people: how much of each angle's range the middle 98 % of poses use."""
    low, high = np.percentile(coverage.angles_deg, [1, 99], axis=0)
    lines = [f"{len(coverage.angles_deg)} poses, {coverage.rejected:.0%} rejected for interpenetration"]
    lines.append("angle                limits (degrees)   98 % of poses within")
    for index, name in enumerate(ANGLES):
        least, largest = np.degrees(FULL[:, index])
        limits = f"{least:4.0f} .. {largest:4.0f}"
        lines.append(f"{name:20s} {limits:18s} {low[index]:4.0f} .. {high[index]:4.0f}")
    shares = ", ".join(f"{name} {share:.1%}" for name, share in coverage.gestures.items())
    lines.append(f"near a gesture: {sum(coverage.gestures.values()):.0%} ({shares})")
    facing = coverage.palm_to_camera
    lines.append(
        f"palm to the camera {np.mean(facing > 0.5):.0%}, back {np.mean(facing < -0.5):.0%}, "
        f"edge-on {np.mean(np.abs(facing) <= 0.5):.0%}"
    )
    away = coverage.away_deg
    lines.append(
        f"fingers away from the camera by more than {_LEVEL_DEG:.0f} degrees {np.mean(away > _LEVEL_DEG):.0%}, "
        f"towards it {np.mean(away < -_LEVEL_DEG):.0%}"
    )
    lines.append("fingers away (degrees), % of views " + "".join(f"{side:>12s}" for side in _SIDES))
    for low, row in zip(_AWAY_EDGES_DEG, view_shares(coverage)):
        lines.append(f"{low:24d} .. {low + 30:3d}    " + "".join(f"{100 * share:12.1f}" for share in row))
    return "\n".join(lines)


def draw_coverage(coverage: Coverage, path: Path) -> None:
    """Write the histograms as a PNG. Raises OSError where it cannot be written."""
    figure, axes = pyplot.subplots(5, 6, figsize=(18, 13), constrained_layout=True)
    for index, (name, axis) in enumerate(zip(ANGLES, axes.flat)):
        axis.hist(coverage.angles_deg[:, index], bins=40)
        for limit in np.degrees(FULL[:, index]):
            axis.axvline(limit, color="tab:red", linewidth=1)
        axis.set_title(f"{name} (degrees)", fontsize=9)
    bars, facing, image, views = axes.flat[len(ANGLES) : len(ANGLES) + 4]
    bars.barh(list(coverage.gestures), [100 * share for share in coverage.gestures.values()])
    bars.set_title("poses near a gesture (%)", fontsize=9)
    bars.tick_params(labelsize=6)
    facing.hist(np.degrees(np.arccos(np.clip(coverage.palm_to_camera, -1, 1))), bins=36)
    facing.set_title("palm away from the camera (degrees)", fontsize=9)
    image.hist2d(coverage.fingers_in_image[:, 0], -coverage.fingers_in_image[:, 1], bins=30)
    image.set_title("fingers point in the image (right, up)", fontsize=9)
    views.hist2d(coverage.yaw_deg, coverage.away_deg, bins=(36, 18))
    views.set_title("turned about the fingers, 0: palm; fingers away", fontsize=9)
    for axis in axes.flat[len(ANGLES) + 4 :]:
        axis.axis("off")
    picture = io.BytesIO()
    figure.savefig(picture, dpi=60, format="png")
    write_whole(path, picture.getvalue())
    pyplot.close(figure)

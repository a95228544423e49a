"""What the pose sampler and the viewpoints cover: figures and histograms of joint angles, gestures and views."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import numpy as np
from numpy.typing import NDArray

from models.data.synthetic.limits import FULL, WRIST
from models.data.synthetic.poses import GESTURES, interpenetrates, sample_angles
from models.data.synthetic.rig import ANGLES, REFERENCE_LENGTH_M, default_rig
from models.data.synthetic.scene import view_rotation

matplotlib.use("Agg")
from matplotlib import pyplot

NEAR_GESTURE_DEG = 12.0
"""A pose counts as a gesture where its finger angles differ from it by no more than this on average."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """angles_deg: (N, 24) of the poses kept. rejected: share thrown away for interpenetration.

    gestures: share of the kept poses that are about each gesture. palm_to_camera: (N,) cosine between the palm's normal
    and the way to the camera, 1 for palms that face it. fingers_in_image: (N, 2) where fingers point, right and down.
    """

    angles_deg: NDArray[np.float64]
    rejected: float
    gestures: dict[str, float]
    palm_to_camera: NDArray[np.float64]
    fingers_in_image: NDArray[np.float64]


def measure_coverage(count: int, seed: int = 0) -> Coverage:
    """Sample `count` poses and views the way training does."""
    rng = np.random.default_rng(seed)
    rig = default_rig()
    hand = rig.hand(np.zeros(rig.components), REFERENCE_LENGTH_M)
    kept: list[NDArray] = []
    tried = 0
    while len(kept) < count:
        tried += 1
        angles = sample_angles(rng)
        if not interpenetrates(hand.pose(angles).joints_hand_m, REFERENCE_LENGTH_M):
            kept.append(angles)
    poses = np.stack(kept)
    fingers = np.delete(np.arange(len(ANGLES)), WRIST)
    names = list(GESTURES)
    away = np.abs(poses[:, None, fingers] - np.stack([GESTURES[name] for name in names])[None, :, fingers]).mean(axis=2)
    near = np.degrees(away.min(axis=1)) < NEAR_GESTURE_DEG
    counted = Counter(names[index] for index in away.argmin(axis=1)[near])
    views = np.stack([view_rotation(rng) for _ in range(count)])
    return Coverage(
        angles_deg=np.degrees(poses),
        rejected=1 - count / tried,
        gestures={name: counted[name] / count for name in names},
        palm_to_camera=-views[:, 2, 2],
        fingers_in_image=views[:, :2, 1],
    )


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
    return "\n".join(lines)


def draw_coverage(coverage: Coverage, path: Path) -> None:
    """Write the histograms as a PNG. Raises OSError where it cannot be written."""
    figure, axes = pyplot.subplots(5, 6, figsize=(18, 13), constrained_layout=True)
    for index, (name, axis) in enumerate(zip(ANGLES, axes.flat)):
        axis.hist(coverage.angles_deg[:, index], bins=40)
        for limit in np.degrees(FULL[:, index]):
            axis.axvline(limit, color="tab:red", linewidth=1)
        axis.set_title(f"{name} (degrees)", fontsize=9)
    bars, facing, image = axes.flat[len(ANGLES) : len(ANGLES) + 3]
    bars.barh(list(coverage.gestures), [100 * share for share in coverage.gestures.values()])
    bars.set_title("poses near a gesture (%)", fontsize=9)
    bars.tick_params(labelsize=6)
    facing.hist(np.degrees(np.arccos(np.clip(coverage.palm_to_camera, -1, 1))), bins=36)
    facing.set_title("palm away from the camera (degrees)", fontsize=9)
    image.hist2d(coverage.fingers_in_image[:, 0], -coverage.fingers_in_image[:, 1], bins=30)
    image.set_title("fingers point in the image (right, up)", fontsize=9)
    for axis in axes.flat[len(ANGLES) + 3 :]:
        axis.axis("off")
    figure.savefig(path, dpi=60)
    pyplot.close(figure)

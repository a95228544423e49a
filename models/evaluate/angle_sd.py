"""How well the standard deviations of joint angles hold, on hands of the third synthetic set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.core.hand_state.angle_sd import WITHIN_95, factors, kind_of
from models.core.hand_state.angles import ANGLES, joint_angles
from models.core.skeleton import hand_reference_point
from models.core.types import Pose
from models.data.record import LabelledFrame
from models.evaluate.pose import require_hand_joints
from models.reading.hand import read_around, second_look
from models.reading.networks import PoseNet

KINDS = tuple(dict.fromkeys(kind_of(name) for name in ANGLES if not name.startswith("wrist")))
FEWEST_FRAMES = 80
"""Fewer show too few errors of each angle."""


@dataclass(frozen=True, slots=True)
class AngleErrors:
    """Of N hands that were read: by how much each angle is off, and its standard deviation as said, degrees (N, 23).

    other: (N,) which hands are of the half that is checked, not fitted.
    """

    error_deg: NDArray[np.float64]
    sd_deg: NDArray[np.float64]
    other: NDArray[np.bool_]


def read_angles(network: PoseNet, frames: Iterable[LabelledFrame]) -> AngleErrors:
    """Reads frames as `models.evaluate` does; two in a row are of one hand, and of one half.

    Raises ValueError where the network was never calibrated, or no hand of one half can be read.
    """
    require_hand_joints(network.card)
    if network.card.joint_sd is None:
        raise ValueError(f"{network.card.name}: no joint_sd on its card; run python -m models.evaluate.calibrate first")
    errors, deviations, other = [], [], []
    for index, labelled in enumerate(frames):
        assert labelled.joints_cam_m is not None
        reading = read_around(network, labelled.frame, hand_reference_point(labelled.joints_cam_m), labelled.hand)
        if reading is None:
            continue
        reading = second_look(network, labelled.frame, reading)
        known = np.ones(len(reading.joints_cam_m))
        found = Pose(reading.joints_cam_m, reading.confidence, 1.0, labelled.hand, None, reading.joint_sd_mm)
        said, true = joint_angles(found), joint_angles(Pose(labelled.joints_cam_m, known, 1.0, labelled.hand))
        assert said.sd_deg is not None
        errors.append((said.degrees - true.degrees + 180) % 360 - 180)
        deviations.append(said.sd_deg)
        other.append(index // 2 % 2 == 1)
    if len(set(other)) < 2:
        raise ValueError(f"{network.card.name}: there are too few hands to read")
    return AngleErrors(np.array(errors), np.array(deviations), np.array(other))


def lines_of(read: AngleErrors) -> list[str]:
    """For people: the factors that fit one half, and how many errors the shipped ones hold on the other."""
    sizes = np.abs(read.error_deg) / read.sd_deg
    shipped = factors(ANGLES)
    lines = [
        f"{np.sum(~read.other)} hands fitted, {np.sum(read.other)} others checked",
        f"{'angle':28}{'fits':>7}{'shipped':>9}{'within sd':>11}{f'within {WITHIN_95:g} sd':>16}{'sd':>8}{'off by':>8}",
    ]
    for kind in KINDS:
        numbers = [number for number, name in enumerate(ANGLES) if kind_of(name) == kind]
        fits = np.quantile(sizes[~read.other][:, numbers], 0.68) * shipped[numbers[0]]
        lines.append(f"{kind:28}{fits:7.2f}{shipped[numbers[0]]:9.2f}" + _held(read, sizes, numbers))
    numbers = [number for number, name in enumerate(ANGLES) if kind_of(name) in KINDS]
    return [*lines, f"{'all':28}{'':16}" + _held(read, sizes, numbers)]


def _held(read: AngleErrors, sizes: NDArray[np.float64], numbers: list[int]) -> str:
    """The shares of errors of some angles within the deviations, mean deviation and mean error, of the other half."""
    checked = sizes[read.other][:, numbers]
    deviation, error = (values[read.other][:, numbers] for values in (read.sd_deg, np.abs(read.error_deg)))
    within = f"{np.mean(checked < 1):11.1%}{np.mean(checked < WITHIN_95):16.1%}"
    return f"{within}{np.mean(deviation):8.1f}{np.mean(error):8.1f}"

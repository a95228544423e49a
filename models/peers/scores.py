"""Two ways to read the same frames, scored alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.core.metrics import aligned_errors_mm, joint_errors_mm
from models.core.skeleton import WITHOUT_WRIST, hand_reference_point
from models.data.record import LabelledFrame
from models.reading.hand import read_around, second_look
from models.reading.networks import PoseNet

Reader = Callable[[LabelledFrame], "NDArray[np.float64] | None"]
"""Joints (21, 3), metres, camera frame; None where no hand is found."""


@dataclass(frozen=True, slots=True)
class Score:
    """Errors without the wrist over the `counted` frames, in mm, as `models.evaluate --folder` has them.

    found: share of the frames in which a hand was found. mean_error_mm, median_error_mm: over joints. pa_error_mm: mean
    after the best similarity alignment. All three are NaN where no frame is counted.
    """

    frames: int
    found: float
    counted: int
    mean_error_mm: float
    median_error_mm: float
    pa_error_mm: float


def own_reader(network: PoseNet) -> Reader:
    """Reads as `models.evaluate` does: around the true reference point, for the true side."""

    def read(labelled: LabelledFrame) -> NDArray[np.float64] | None:
        assert labelled.joints_cam_m is not None
        reading = read_around(network, labelled.frame, hand_reference_point(labelled.joints_cam_m), labelled.hand)
        return None if reading is None else second_look(network, labelled.frame, reading).joints_cam_m

    return read


def compare(readers: Mapping[str, Reader], frames: Iterable[LabelledFrame]) -> dict[str, Score]:
    """Each reader's score on the frames that it reads, and on those that all of them do ("NAME, where all found")."""
    truth: list[NDArray[np.float64]] = []
    found: dict[str, list[NDArray[np.float64] | None]] = {name: [] for name in readers}
    for labelled in frames:
        if labelled.joints_cam_m is None:
            continue
        truth.append(labelled.joints_cam_m)
        for name, read in readers.items():
            found[name].append(read(labelled))
    by_all = [all(each is not None for each in joints) for joints in zip(*found.values())]
    scores = {name: _score(joints, truth, [True] * len(truth)) for name, joints in found.items()}
    both = {f"{name}, where all found": _score(joints, truth, by_all) for name, joints in found.items()}
    return scores | both


def _score(joints: list[NDArray[np.float64] | None], truth: list[NDArray[np.float64]], counted: list[bool]) -> Score:
    pairs = [(found, true) for found, true, counts in zip(joints, truth, counted) if found is not None and counts]
    share = sum(found is not None for found in joints) / max(len(joints), 1)
    if not pairs:
        return Score(len(joints), share, 0, np.nan, np.nan, np.nan)
    mine, true = (np.stack(each)[:, WITHOUT_WRIST] for each in zip(*pairs))
    errors = joint_errors_mm(mine, true)
    pa = float(aligned_errors_mm(mine, true).mean())
    return Score(len(joints), share, len(pairs), float(errors.mean()), float(np.median(errors)), pa)

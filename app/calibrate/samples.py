"""Synthetic frames through the whole tracker: what its networks said of each, and how far off the pose was."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.tracking.base import FrameTracker
from models.core.metrics import joint_errors_mm
from models.data.record import LabelledFrame
from models.data.synthetic.behind import FRAMES_A_RECIPE, RECIPES, behind_frame
from models.data.synthetic.objects import OBJECT_FRAMES, objects_frame
from models.data.synthetic.samples import CAMERA_MODELS
from models.data.synthetic.testset import hand_frame
from models.reading.verdict import WITHIN_MM, Evidence

FRAMES = {"objects": OBJECT_FRAMES, "foreign": 200, "behind": 16 * len(RECIPES)}
"""Hands round objects and tables without a hand; and hands of two other sets, most of which are read right."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One frame. evidence: None where no hand was found. error_mm: mean over the joints; infinite without a hand.

    scene: two frames show one scene, by its two sides.
    """

    test_set: str
    scene: int
    shows_hand: bool
    evidence: Evidence | None
    error_mm: float

    @property
    def is_right(self) -> bool:
        return self.error_mm <= WITHIN_MM

    @property
    def is_for_fitting(self) -> bool:
        """Half of the scenes, of each camera; what was fitted is measured on the others."""
        return self.scene // len(CAMERA_MODELS) % 2 == 0


def set_frame(test_set: str, index: int) -> LabelledFrame:
    """Frame `index` of a set; of --behind the recipes come in turn."""
    if test_set == "objects":
        return objects_frame(index)
    if test_set == "behind":
        pair, left = divmod(index, 2)
        number, recipe = divmod(pair, len(RECIPES))
        return behind_frame(recipe * FRAMES_A_RECIPE + 2 * number + left)
    return hand_frame(index, test_set="foreign")


def judged(tracker: FrameTracker, test_set: str, index: int, labelled: LabelledFrame) -> Sample:
    """A frame tracked by itself, as a new hand is."""
    tracker.reset()
    result = tracker.track(labelled.frame)
    truth = labelled.joints_cam_m
    error_mm = np.inf
    if result.pose is not None and truth is not None:
        error_mm = float(joint_errors_mm(result.pose.joints_cam_m, truth).mean())
    evidence = None
    if result.pose is not None and result.presence is not None:
        evidence = Evidence(result.pose.confidence, result.presence)
    return Sample(test_set, index // 2, truth is not None, evidence, error_mm)

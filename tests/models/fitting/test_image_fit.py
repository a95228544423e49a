"""The rig fitted to images of known hands."""

from dataclasses import replace

import numpy as np
import pytest

from models.core.types import Camera, DepthFrame
from models.data.record import LabelledFrame
from models.fitting.image_fit import FittedHand, ImageFit
from models.rendering.gestures import GESTURES
from models.rendering.scene import render

CAMERA = Camera(width=160, height=120, fx=200.0, fy=200.0, ppx=80.0, ppy=60.0)


def parameters(gesture: str) -> np.ndarray:
    return np.concatenate([GESTURES[gesture], [np.pi - 0.3, 0.1, 0.2], [0.02, 0.01, 0.5], [0.05]])


def labelled(hand, side: str = "right") -> LabelledFrame:
    depth = render([hand.mesh], CAMERA)
    raw = np.where(np.isfinite(depth), depth / 0.001, 0).round().astype(np.uint16)
    return LabelledFrame(DepthFrame(raw, 0.001, CAMERA, 0, 0.0, 0.0), hand.joints_cam_m, side)


def apart_mm(joints, others) -> float:
    return 1000 * float(np.linalg.norm(joints - others, axis=1).mean())


@pytest.mark.parametrize(("gesture", "left"), [("five", False), ("point", True)])
def test_the_rig_takes_joints_that_are_its_own(gesture, left):
    model = FittedHand(left)
    wanted = model.placed(parameters(gesture)).joints_cam_m
    found = model.placed(model.nearest(wanted)).joints_cam_m
    assert apart_mm(found, wanted) < 2


def test_a_hand_explains_its_own_image_and_no_other():
    model = FittedHand()
    truth, other = (model.placed(parameters(gesture)) for gesture in ("five", "fist"))
    image = ImageFit(labelled(truth))
    assert image.residual_mm(truth) < 0.5
    assert image.residual_mm(other) > 5


@pytest.mark.parametrize("left", [False, True])
def test_the_fit_leads_from_a_wrong_start_towards_the_truth(left):
    model = FittedHand(left)
    right = parameters("five")
    truth = model.placed(right)
    wrong = right.copy()
    wrong[[0, 4, 8, 12]] += 0.25  # all fingers bent at their first joints
    wrong[-2] += 0.01
    image = ImageFit(labelled(truth, "left" if left else "right"))
    start, end = model.placed(wrong), model.placed(image.fitted(model, wrong, generations=60))
    assert image.residual_mm(end) < 0.5 * image.residual_mm(start)
    assert apart_mm(end.joints_cam_m, truth.joints_cam_m) < 0.6 * apart_mm(start.joints_cam_m, truth.joints_cam_m)


def test_the_truth_stays_where_it_is():
    model = FittedHand()
    right = parameters("victory")
    truth = model.placed(right)
    found = model.placed(ImageFit(labelled(truth)).fitted(model, right, generations=5))
    assert apart_mm(found.joints_cam_m, truth.joints_cam_m) < 0.5


def test_what_hides_the_hand_says_nothing_of_it():
    hand = FittedHand().placed(parameters("five"))
    frame = labelled(hand)
    plain = ImageFit(frame).residual_mm(hand)

    def with_patch(depth_mm: int) -> float:
        raw = frame.frame.raw.copy()
        raw[50:70, 70:90] = depth_mm
        return ImageFit(replace(frame, frame=replace(frame.frame, raw=raw))).residual_mm(hand)

    assert with_patch(200) == pytest.approx(plain, abs=0.1), "30 cm before the hand"
    assert with_patch(1000) > plain + 1, "as if one could see through it"


def test_a_frame_without_a_hand_in_view_is_refused():
    hand = FittedHand().placed(parameters("five"))
    frame = labelled(hand)
    with pytest.raises(ValueError, match="no labelled hand"):
        ImageFit(LabelledFrame(frame.frame, None))
    with pytest.raises(ValueError, match="out of view"):
        ImageFit(LabelledFrame(frame.frame, hand.joints_cam_m + [5.0, 0, 0]))

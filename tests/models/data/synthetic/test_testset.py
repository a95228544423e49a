"""The frozen test set: the same frames every time, from every camera, the same hands on both sides."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.core.camera import project
from models.core.skeleton import hand_reference_point
from models.data.record import Digest
from models.data.synthetic.samples import CAMERA_MODELS
from models.data.synthetic.testset import body_frame, hand_frame, hand_frames
from models.rendering.sensor import STEREO

PALMS_M = np.array([[-0.03091, 0.0164, 0.30119], [0.4155, -0.0592, 0.97253], [0.27404, -0.17253, 0.5526]])
TIPS_M = np.array([[-0.01853, 0.01667, 0.22924], [0.31966, -0.13764, 0.99387], [0.39797, -0.20738, 0.53541]])
DEPTHS = [2386.2, 1052.5, 3158.5]
"""Of frames 0, 2 and 4: palms and middle tips, metres, camera frame, and mean measured raw depth."""


def test_a_frame_is_a_function_of_seed_and_index():
    one, same, other = hand_frame(4), hand_frame(4), hand_frame(4, seed=1)
    np.testing.assert_array_equal(one.frame.raw, same.frame.raw)
    np.testing.assert_array_equal(one.joints_cam_m, same.joints_cam_m)
    assert one.frame.raw.shape != other.frame.raw.shape or (one.frame.raw != other.frame.raw).any()


def test_the_frozen_set_is_the_one_that_all_figures_are_of():
    """What is added to training later must leave these frames alone; tolerances are for other processors' rounding."""
    palms = np.array([hand_reference_point(hand_frame(index).joints_cam_m) for index in (0, 2, 4)])
    tips = np.array([hand_frame(index).joints_cam_m[8] for index in (0, 2, 4)])
    depths = [float(frame.raw[frame.raw > 0].mean()) for frame in (hand_frame(index).frame for index in (0, 2, 4))]
    np.testing.assert_allclose(palms, PALMS_M, atol=1e-4)
    np.testing.assert_allclose(tips, TIPS_M, atol=1e-4)
    np.testing.assert_allclose(depths, DEPTHS, rtol=2e-3)


def test_only_the_second_set_has_cameras_that_smear(monkeypatch):
    blind = replace(STEREO, near_m=99.0)
    monkeypatch.setattr("models.data.synthetic.testset.smeared", lambda sensor, rng: blind)
    assert hand_frame(0).frame.raw.any()
    assert not hand_frame(0, test_set="stretched").frame.raw.any()


def test_stretched_hands_are_other_hands_than_those_of_the_frozen_set():
    frozen, stretched = hand_frame(4), hand_frame(4, test_set="stretched")
    assert frozen.group == stretched.group
    assert not np.array_equal(frozen.joints_cam_m, stretched.joints_cam_m)


def test_odd_frames_show_the_hand_before_them_mirrored():
    right, left = hand_frame(2), hand_frame(3)
    assert (right.hand, left.hand) == ("right", "left")
    assert right.group == left.group
    np.testing.assert_allclose(left.joints_cam_m, right.joints_cam_m * [-1, 1, 1])


def test_all_camera_models_take_part():
    assert {frame.group for frame in hand_frames(2 * len(CAMERA_MODELS))} == {model.name for model in CAMERA_MODELS}


def test_joints_lie_a_little_behind_what_is_measured():
    behind = []
    for labelled in hand_frames(6):
        frame, palm = labelled.frame, hand_reference_point(labelled.joints_cam_m)
        u, v = np.round(project(palm, frame.camera)).astype(int)
        if 0 <= v < frame.camera.height and 0 <= u < frame.camera.width and frame.raw[v, u]:
            behind.append(palm[2] - frame.raw[v, u] * frame.depth_units)
    assert len(behind) >= 4
    assert 0 < np.median(behind) < 0.04


def test_bodies_have_no_hand_and_fill_part_of_the_image():
    labelled = body_frame(1)
    assert labelled.joints_cam_m is None
    assert (labelled.frame.raw > 0).mean() > 0.02


def test_the_fingerprint_changes_with_a_single_pixel():
    first, second = Digest(), Digest()
    first.add(hand_frame(0))
    second.add(hand_frame(0))
    assert str(first) == str(second)
    second.add(body_frame(0))
    assert str(first) != str(second)


def test_the_third_set_has_hands_of_the_second_with_other_phalanges_and_other_errors():
    stretched, foreign = hand_frame(4, test_set="stretched"), hand_frame(4, test_set="foreign")
    assert stretched.group == foreign.group
    ratios = []
    for finger in range(5):
        chain = np.arange(4 * finger + 1, 4 * finger + 5)
        lengths = [np.linalg.norm(np.diff(hand.joints_cam_m[chain], axis=0), axis=1) for hand in (stretched, foreign)]
        ratios += list(lengths[1] / lengths[0])
    assert np.ptp(ratios) > 0.05


def test_only_the_third_set_has_foreign_errors(monkeypatch):
    monkeypatch.setattr("models.data.synthetic.testset.foreign_errors", lambda depth, rng: 0 * depth)
    assert hand_frame(0, test_set="stretched").frame.raw.any()
    assert not hand_frame(0, test_set="foreign").frame.raw.any()

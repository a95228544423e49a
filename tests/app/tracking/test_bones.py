"""Bones keep their lengths, whatever a single frame says."""

from __future__ import annotations

import numpy as np

from app.tracking.bones import SteadyBones
from models.core.skeleton import HAND, bone_lengths
from models.rendering.gestures import GESTURES
from models.rendering.rig import default_rig

JOINTS = len(HAND.joints)
SURE = np.full(JOINTS, 0.9)


def hand(gesture: str = "open") -> np.ndarray:
    rig = default_rig()
    return rig.hand(np.zeros(rig.components), 0.185).pose(GESTURES[gesture]).joints_hand_m


def lengths(joints: np.ndarray) -> np.ndarray:
    return bone_lengths(joints, HAND.bones)


def learned(gestures: tuple[str, ...] = ("open", "fist", "point", "open")) -> SteadyBones:
    bones = SteadyBones()
    for gesture in gestures:
        for _ in range(10):
            bones.corrected(hand(gesture), SURE)
    return bones


def test_the_first_frame_is_left_as_it_is():
    np.testing.assert_allclose(SteadyBones().corrected(hand(), SURE), hand(), atol=1e-12)


def test_a_hand_that_only_moves_its_fingers_is_left_nearly_as_it_is():
    assert np.abs(learned().corrected(hand("victory"), SURE) - hand("victory")).max() < 0.002


def test_a_finger_that_is_suddenly_short_is_stretched_again():
    short = hand()
    short[8] = short[7] + 0.3 * (short[8] - short[7])
    unsure = SURE.copy()
    unsure[8] = 0.2
    fixed = learned().corrected(short, unsure)
    wrong, left = (np.abs(lengths(joints) - lengths(hand())).max() for joints in (short, fixed))
    assert left < 0.25 * wrong
    assert np.linalg.norm(fixed[8] - short[8]) > 5 * np.linalg.norm(fixed[7] - short[7]), "the unsure joint moves"


def test_noise_on_joints_changes_lengths_less_than_before_and_brings_joints_nearer_to_the_truth():
    rng = np.random.default_rng(1)
    bones, truth = learned(), hand()
    noisy = [truth + rng.normal(0, 0.006, truth.shape) for _ in range(40)]
    fixed = [bones.corrected(joints, SURE) for joints in noisy]
    spread_before, spread_after = (np.std([lengths(j) for j in each], axis=0).mean() for each in (noisy, fixed))
    assert spread_after < 0.5 * spread_before
    off_before, off_after = (np.linalg.norm(np.array(each) - truth, axis=2).mean() for each in (noisy, fixed))
    assert off_after < off_before


def test_turning_and_moving_the_hand_turns_and_moves_the_answer():
    turn, shift = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]]), np.array([0.1, -0.2, 0.5])
    noisy = hand("point") + np.random.default_rng(2).normal(0, 0.01, (JOINTS, 3))
    as_is, moved = learned().corrected(noisy, SURE), learned().corrected(noisy @ turn.T + shift, SURE)
    np.testing.assert_allclose(moved, as_is @ turn.T + shift, atol=1e-9)


def test_another_hand_is_learned_afresh():
    bones = learned()
    bones.reset()
    child = 0.8 * hand()
    np.testing.assert_allclose(bones.corrected(child, SURE), child, atol=1e-12)


def test_joints_on_one_point_and_without_confidence_give_numbers():
    bones = learned()
    assert np.isfinite(bones.corrected(np.zeros((JOINTS, 3)), np.zeros(JOINTS))).all()
    assert np.isfinite(SteadyBones().corrected(np.zeros((JOINTS, 3)), np.zeros(JOINTS))).all()

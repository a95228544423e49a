from __future__ import annotations

import numpy as np
import pytest

from models.core.skeleton import HAND, bone_lengths
from models.rendering.rig import ANGLE, ANGLES, FINGERS, HandRig, default_rig

LENGTH_M = 0.185


@pytest.fixture(scope="module")
def hand():
    rig = default_rig()
    return rig.hand(np.zeros(rig.components), LENGTH_M)


def test_mesh_is_closed_and_skin_weights_sum_to_one():
    rig = default_rig()
    edges = np.sort(np.concatenate([rig.triangles[:, [0, 1]], rig.triangles[:, [1, 2]], rig.triangles[:, [2, 0]]]), 1)
    _, uses = np.unique(edges, axis=0, return_counts=True)
    assert (uses == 2).all()
    np.testing.assert_allclose(rig.skin.sum(axis=1), 1, atol=1e-5)


def test_fingers_have_the_phalanges_of_real_hands(hand):
    joints = hand.pose(np.zeros(len(ANGLES))).joints_hand_m
    for first in (1, 5, 9, 13):
        proximal, middle = np.linalg.norm(np.diff(joints[first : first + 3], axis=0), axis=1)
        assert 1.5 < proximal / middle < 1.8
    chain = joints[[0, 5, 6, 7, 8]]
    assert np.linalg.norm(np.diff(chain, axis=0), axis=1).sum() == pytest.approx(LENGTH_M)


def test_posing_keeps_bone_lengths(hand):
    rng = np.random.default_rng(0)
    straight = bone_lengths(hand.pose(np.zeros(len(ANGLES))).joints_hand_m, HAND.bones)
    for _ in range(5):
        bent = bone_lengths(hand.pose(rng.uniform(-0.3, 1.2, len(ANGLES))).joints_hand_m, HAND.bones)
        np.testing.assert_allclose(bent, straight, atol=1e-9)


@pytest.mark.parametrize("finger", FINGERS)
def test_flexion_bends_towards_the_palm_and_abduction_towards_the_thumb(hand, finger):
    tip = HAND.joints.index(f"{finger}_tip")
    rest = hand.pose(np.zeros(len(ANGLES))).joints_hand_m[tip]
    flexed, abducted = np.zeros(len(ANGLES)), np.zeros(len(ANGLES))
    flexed[ANGLE[f"{finger}_mcp_flex"]] = abducted[ANGLE[f"{finger}_mcp_abduct"]] = 0.3
    assert hand.pose(flexed).joints_hand_m[tip, 2] > rest[2] + 0.01
    assert hand.pose(abducted).joints_hand_m[tip, 0] > rest[0] + 0.01


def test_joints_lie_inside_the_skin(hand):
    posed = hand.pose(np.zeros(len(ANGLES)))
    for name in ("index_pip", "middle_dip", "ring_mcp", "thumb_ip", "wrist"):
        joint = posed.joints_hand_m[HAND.joints.index(name)]
        around = posed.vertices_hand_m[np.linalg.norm(posed.vertices_hand_m - joint, axis=1) < 0.03]
        assert (around.min(axis=0)[[0, 2]] < joint[[0, 2]]).all() and (joint[[0, 2]] < around.max(axis=0)[[0, 2]]).all()


def test_wrong_number_of_angles_is_named(hand):
    with pytest.raises(ValueError, match=r"expected shape \(24,\), got \(3,\)"):
        hand.pose(np.zeros(3))


def test_missing_rig_says_how_to_make_it(tmp_path):
    with pytest.raises(FileNotFoundError, match="models.rendering.build_rig"):
        HandRig(tmp_path / "hand_rig.npz")


def test_the_thumb_may_be_thicker_than_the_fingers(hand):
    rig = default_rig()
    thick = rig.hand(np.zeros(rig.components), LENGTH_M, thickness=np.array([1.3, 1, 1, 1, 1]))
    slender, wide = (each.pose(np.zeros(len(ANGLES))).vertices_hand_m for each in (hand, thick))
    moved = np.linalg.norm(wide - slender, axis=1) > 1e-9
    of_thumb = rig.skin[:, [rig.bone["finger1-2"], rig.bone["finger1-3"]]].sum(axis=1) > 0
    assert moved.any() and not moved[~of_thumb].any()
    end = rig.skin[:, rig.bone["finger1-3"]] > 0.99
    assert np.prod(np.ptp(wide[end], axis=0)) > 1.2 * np.prod(np.ptp(slender[end], axis=0))


def test_thickness_widens_fingers_and_leaves_joints_and_the_forearm_where_they_are(hand):
    rig = default_rig()
    thick = rig.hand(np.zeros(rig.components), LENGTH_M, thickness=1.25)
    slender, wide = (each.pose(np.zeros(len(ANGLES))) for each in (hand, thick))
    np.testing.assert_array_equal(wide.joints_hand_m, slender.joints_hand_m)
    arm = rig.skin[:, [rig.bone["lowerarm01"], rig.bone["lowerarm02"]]].sum(axis=1) > 0.99
    np.testing.assert_array_equal(wide.vertices_hand_m[arm], slender.vertices_hand_m[arm])
    for finger, tip in ((2, 4), (3, 8), (4, 12), (5, 16), (1, 20)):
        last = rig.skin[:, rig.bone[f"finger{finger}-3"]] > 0.99
        start, end = slender.joints_hand_m[[tip - 1, tip]]
        along = (end - start) / np.linalg.norm(end - start)

        def radius(posed, start=start, along=along, last=last):
            offsets = posed.vertices_hand_m[last] - start
            return np.linalg.norm(offsets - (offsets @ along)[:, None] * along, axis=1).mean()

        assert radius(wide) / radius(slender) == pytest.approx(1.25, abs=0.02)

"""Joints and bones in the published orders."""

import numpy as np
import pytest

from models.core.skeleton import BODY, FINGER_MCPS, FINGERS, HAND, WRIST, hand_reference_point


def test_hand_joints_are_in_msra_order():
    expected = ["wrist"]
    for finger in ("index", "middle", "ring", "little"):
        expected += [f"{finger}_{part}" for part in ("mcp", "pip", "dip", "tip")]
    expected += ["thumb_cmc", "thumb_mcp", "thumb_ip", "thumb_tip"]
    assert list(HAND.joints) == expected
    assert len(HAND.joints) == 21


def test_body_joints_are_in_itop_order():
    assert len(BODY.joints) == 15
    assert BODY.joints[:4] == ("head", "neck", "right_shoulder", "left_shoulder")
    assert BODY.joints[8] == "torso"
    assert BODY.joints[-2:] == ("right_foot", "left_foot")


@pytest.mark.parametrize("skeleton", [HAND, BODY], ids=lambda s: s.name)
def test_bones_form_a_tree_over_all_joints(skeleton):
    children = [child for _, child in skeleton.bones]
    assert len(set(children)) == len(children) == len(skeleton.joints) - 1
    parents = {child: parent for parent, child in skeleton.bones}
    [root] = set(range(len(skeleton.joints))) - set(children)
    for joint in range(len(skeleton.joints)):
        seen = []
        while joint != root:
            assert joint not in seen
            seen.append(joint)
            joint = parents[joint]


@pytest.mark.parametrize("skeleton", [HAND, BODY], ids=lambda s: s.name)
def test_names_are_unique_and_every_joint_has_a_colour(skeleton):
    assert len(set(skeleton.joints)) == len(skeleton.joints)
    assert len(skeleton.groups) == len(skeleton.joints)
    for joint in range(len(skeleton.joints)):
        color = skeleton.joint_color(joint)
        assert len(color) == 3
        assert all(0 <= part <= 1 for part in color)


def test_each_finger_is_a_chain_from_the_wrist_in_a_colour_of_its_own():
    colors = set()
    for finger in FINGERS:
        chain = [j for j, name in enumerate(HAND.joints) if name.startswith(finger)]
        assert [(p, c) for p, c in HAND.bones if c in chain] == list(zip([WRIST, *chain[:-1]], chain))
        assert len({HAND.joint_color(j) for j in chain}) == 1
        colors.add(HAND.joint_color(chain[0]))
    assert len(colors) == 5


def test_finger_mcps_are_the_knuckles():
    assert [HAND.joints[j] for j in FINGER_MCPS] == [f"{f}_mcp" for f in FINGERS[:4]]


def test_reference_point_moves_with_the_hand_and_takes_any_number_of_hands():
    hands = np.random.default_rng(0).normal(size=(4, 21, 3))
    points = hand_reference_point(hands)
    assert points.shape == (4, 3)
    np.testing.assert_allclose(hand_reference_point(hands[2]), points[2])
    np.testing.assert_allclose(hand_reference_point(hands + [0.1, 0.2, 0.3]), points + [0.1, 0.2, 0.3])


def test_reference_point_lies_a_fifth_of_the_way_from_the_knuckles_to_the_wrist():
    hand = np.full((21, 3), 100.0)
    hand[WRIST] = [0, 0, 0]
    hand[list(FINGER_MCPS)] = [0, -0.1, 0]
    np.testing.assert_allclose(hand_reference_point(hand), [0, -0.08, 0], atol=1e-15)

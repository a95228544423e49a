"""The state of a hand against hands of the synthetic rig whose angles are known."""

from __future__ import annotations

import numpy as np
import pytest

from models.core.camera import MIRROR
from models.core.hand_state.anatomy import turned
from models.core.hand_state.angle_sd import factors
from models.core.hand_state.angles import ANGLE, ANGLES, LARGEST_SD_DEG, WRIST_ANGLES, joint_angles
from models.core.hand_state.gestures import KEPT, TAKEN, Gesture, next_gesture, scores
from models.core.hand_state.grips import grips
from models.core.hand_state.openxr import JOINTS, OF_POSE, PALM, openxr_hand
from models.core.hand_state.rotations import quaternions, unit
from models.core.hand_state.state import HandStates
from models.core.skeleton import FINGERS, HAND, bone_sum
from models.core.types import Pose
from models.rendering.gestures import GESTURES
from models.rendering.rig import ANGLE as RIG_ANGLE
from models.rendering.rig import default_rig, rotations
from models.rendering.scene import TO_CAMERA

NAMED = {
    "open": Gesture.OPEN,
    "five": Gesture.OPEN,
    "fist": Gesture.FIST,
    "point": Gesture.POINT,
    "pinch": Gesture.PINCH,
    "ok": Gesture.PINCH,
    "thumbs_up": Gesture.THUMB_UP,
    "victory": Gesture.VICTORY,
    "gun": Gesture.POINT,
}


def hand():
    rig = default_rig()
    return rig.hand(np.zeros(rig.components), 0.185)


def pose_of(angles, side="right", sd_mm=None, rotation=None):
    """A posed hand of the rig before the camera; a left one is its mirror image."""
    rotation = TO_CAMERA if rotation is None else rotation
    joints = hand().pose(angles).joints_hand_m @ rotation.T + [0.02, 0.03, 0.4]
    joints = joints * MIRROR if side == "left" else joints
    return Pose(joints, np.ones(21), 1.0, side, joint_sd_mm=None if sd_mm is None else np.full(21, sd_mm))


def matrices(quaternion):
    x, y, z, w = np.moveaxis(quaternion, -1, 0)
    rows = [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)]
    rows += [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)]
    rows += [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)]
    return np.stack(rows, axis=-1).reshape(*quaternion.shape[:-1], 3, 3)


@pytest.fixture
def rng():
    return np.random.default_rng(5)


# -- turns ---------------------------------------------------------------------------------------------------------


def test_quaternions_are_those_of_the_turns(rng):
    axes = unit(rng.normal(size=(200, 3)))
    angles = np.concatenate([rng.uniform(-np.pi, np.pi, 197), [0, np.pi, np.pi - 1e-9]])
    found = quaternions(rotations(axes, angles))
    assert np.allclose(matrices(found), rotations(axes, angles), atol=1e-9)
    assert (found[:, 3] >= 0).all() and np.allclose(np.linalg.norm(found, axis=1), 1)


def test_the_shortest_turn_takes_start_to_end(rng):
    start, end = unit(rng.normal(size=(50, 3))), unit(rng.normal(size=(50, 3)))
    assert np.allclose(turned(start, start, end), end)
    axis = unit(np.cross(start, end))
    assert np.allclose(turned(axis, start, end), axis)


# -- angles --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("finger", FINGERS[:4])
@pytest.mark.parametrize(
    ("joint", "name"), [("mcp_flex", "mcp_flexion"), ("pip", "pip_flexion"), ("dip", "dip_flexion")]
)
@pytest.mark.parametrize("degrees", [-5, 0, 30, 80])
def test_flexion_is_read_back(side, finger, joint, name, degrees):
    angles = np.zeros(24)
    angles[RIG_ANGLE[f"{finger}_{joint}"]] = np.radians(degrees)
    found = joint_angles(pose_of(angles, side)).degrees
    assert found[ANGLE[f"{finger}_{name}"]] == pytest.approx(degrees, abs=1.5)
    for other in ("mcp_flexion", "pip_flexion", "dip_flexion"):
        if other != name:
            assert found[ANGLE[f"{finger}_{other}"]] == pytest.approx(0, abs=1.5)


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize(("finger", "sign"), [("index", 1), ("middle", 1), ("ring", -1), ("little", -1)])
def test_abduction_is_away_from_the_middle_finger(side, finger, sign):
    angles = np.zeros(24)
    angles[RIG_ANGLE[f"{finger}_mcp_abduct"]] = np.radians(sign * 12)
    rest = joint_angles(pose_of(np.zeros(24), side)).degrees
    found = joint_angles(pose_of(angles, side)).degrees
    assert found[ANGLE[f"{finger}_mcp_abduction"]] - rest[ANGLE[f"{finger}_mcp_abduction"]] == pytest.approx(
        12, abs=0.5
    )


@pytest.mark.parametrize(("joint", "name"), [("thumb_mcp", "thumb_mcp_flexion"), ("thumb_ip", "thumb_ip_flexion")])
@pytest.mark.parametrize("degrees", [0, 20, 50])
def test_the_thumbs_flexion_is_read_back(joint, name, degrees):
    angles = np.zeros(24)
    angles[RIG_ANGLE[joint]] = np.radians(degrees)
    assert joint_angles(pose_of(angles)).degrees[ANGLE[name]] == pytest.approx(degrees, abs=2)


def test_opposition_grows_as_the_thumb_goes_over_the_palm():
    names = ("thumbs_up", "relaxed", "pinch_little")
    found = [joint_angles(pose_of(GESTURES[name])).degrees[ANGLE["thumb_opposition"]] for name in names]
    assert found == sorted(found) and found[0] < 45 and found[-1] > 90


def test_the_wrist_has_angles_only_where_the_elbow_is_known():
    assert np.isnan(joint_angles(pose_of(np.zeros(24))).degrees[[*WRIST_ANGLES]]).all()
    read = []
    for flexion, deviation in ((0, 0), (40, 0), (0, 20)):
        angles = np.zeros(24)
        angles[[RIG_ANGLE["wrist_flex"], RIG_ANGLE["wrist_deviate"]]] = np.radians([flexion, deviation])
        posed = hand().pose(angles)
        pose = Pose(posed.joints_hand_m, np.ones(21), 1.0, "right")
        read.append(joint_angles(pose, posed.elbow_hand_m).degrees[[*WRIST_ANGLES]])
    assert np.allclose(np.diff(read[:2], axis=0), [40, 0], atol=3)
    assert np.allclose(read[2] - read[0], [0, 20], atol=3)


def test_angles_do_not_depend_on_where_the_hand_is_or_turned(rng):
    angles = GESTURES["claw"]
    here = joint_angles(pose_of(angles, sd_mm=3.0))
    for axis in unit(rng.normal(size=(5, 3))):
        turn = rotations(axis[None], np.array([2.0]))[0] @ TO_CAMERA
        there = joint_angles(pose_of(angles, sd_mm=3.0, rotation=turn))
        assert np.allclose(here.degrees, there.degrees, equal_nan=True)
        assert np.allclose(here.sd_deg, there.sd_deg, atol=1e-3, equal_nan=True)


def test_a_mirrored_hand_has_the_same_angles():
    right, left = (joint_angles(pose_of(GESTURES["ok"], side, 4.0)) for side in ("right", "left"))
    assert np.allclose(right.degrees, left.degrees, equal_nan=True)
    assert np.allclose(right.sd_deg, left.sd_deg, equal_nan=True)


def test_the_standard_deviation_is_the_angles_factor_times_that_of_joints_shaken_independently(rng):
    pose = pose_of(GESTURES["relaxed"], sd_mm=1.0)
    shaken = [
        joint_angles(Pose(pose.joints_cam_m + rng.normal(0, 1e-3, (21, 3)), np.ones(21), 1.0, "right")).degrees
        for _ in range(600)
    ]
    ratio = np.std(shaken, axis=0)[:21] / (joint_angles(pose).sd_deg / factors(ANGLES))[:21]
    assert np.allclose(ratio, 1, atol=0.15)


def test_joints_in_one_place_give_finite_angles_of_which_nothing_is_known():
    pose = Pose(np.tile([0.0, 0.0, 0.4], (21, 1)), np.ones(21), 1.0, "right", joint_sd_mm=np.full(21, 50.0))
    angles = joint_angles(pose)
    assert np.isfinite(angles.degrees[:21]).all()
    assert (angles.sd_deg[:21] <= LARGEST_SD_DEG).all() and np.isfinite(angles.sd_deg[:21]).all()
    assert np.isfinite(openxr_hand(pose).rotations).all()


# -- OpenXR --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", ["right", "left"])
def test_openxr_frames_are_those_of_the_specification(side):
    pose = pose_of(GESTURES["open"], side)  # the palm faces the camera, fingers up in the image
    found = openxr_hand(pose)
    frames = matrices(found.rotations)
    assert np.allclose(np.linalg.det(frames), 1)
    assert np.allclose(found.positions_m[OF_POSE], pose.joints_cam_m)
    for start, end in ((7, 8), (8, 9), (9, 10), (2, 3), (4, 5)):
        bone = unit(found.positions_m[end] - found.positions_m[start])
        assert np.allclose(-frames[start][:, 2], bone)
    assert np.allclose(frames[10], frames[9])  # a tip has the frame of its last bone
    fingers = [number for number, name in enumerate(JOINTS) if not name.startswith("thumb")]
    assert (frames[fingers][:, 2, 1] > 0.9).all()  # +Y out of the back: away from the camera
    # With fingers up and the palm to the camera, +X points to the camera's left on both hands.
    assert (frames[fingers][:, 0, 0] < -0.9).all()


def test_flexion_is_a_turn_about_minus_x_of_the_joints_frame():
    angles = np.zeros(24)
    angles[RIG_ANGLE["middle_pip"]] = np.radians(50)
    for side in ("right", "left"):
        frames = matrices(openxr_hand(pose_of(angles, side)).rotations)
        step = frames[JOINTS.index("middle_proximal")].T @ frames[JOINTS.index("middle_intermediate")]
        assert np.allclose(step, rotations(np.array([[-1.0, 0, 0]]), np.radians([50.0]))[0], atol=0.05)


def test_radii_are_the_distance_to_the_skin():
    posed = hand().pose(GESTURES["open"])
    corners = posed.vertices_hand_m[default_rig().triangles]
    skin = np.concatenate([corners.reshape(-1, 3), corners.mean(axis=1), (corners[:, 0] + corners[:, 1]) / 2])
    found = openxr_hand(Pose(posed.joints_hand_m, np.ones(21), 1.0, "right"))
    distances = np.linalg.norm(skin[None] - found.positions_m[:, None], axis=2).min(axis=1)
    assert np.abs(distances - found.radii_m).max() < 0.002


# -- gestures ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GESTURES)
@pytest.mark.parametrize("side", ["right", "left"])
def test_gestures_are_named(name, side):
    state = HandStates().next(pose_of(GESTURES[name], side), 0.0)
    assert state.gesture is NAMED.get(name, Gesture.NONE)


def test_a_gesture_is_kept_until_it_is_clearly_over():
    between = (TAKEN + KEPT) / 2
    assert next_gesture(Gesture.NONE, {Gesture.FIST: between, Gesture.OPEN: 0}) is Gesture.NONE
    assert next_gesture(Gesture.FIST, {Gesture.FIST: between, Gesture.OPEN: 0}) is Gesture.FIST
    assert next_gesture(Gesture.FIST, {Gesture.FIST: KEPT - 0.01, Gesture.OPEN: 0}) is Gesture.NONE
    assert next_gesture(Gesture.FIST, {Gesture.FIST: between, Gesture.OPEN: 0.9}) is Gesture.OPEN


def test_pinch_and_grab_grow_as_the_hand_closes():
    def grip(share, name):
        pose = pose_of((1 - share) * GESTURES["open"] + share * GESTURES[name])
        return grips(pose, joint_angles(pose))

    pinches = [grip(share, "pinch").pinch for share in np.linspace(0, 1, 6)]
    grabs = [grip(share, "fist").grab for share in np.linspace(0, 1, 6)]
    for values in (pinches, grabs):
        assert values == sorted(values) and values[0] == 0 and values[-1] == 1


def test_every_gesture_has_a_score(rng):
    for name in GESTURES:
        pose = pose_of(GESTURES[name])
        angles = joint_angles(pose)
        met = scores(angles, grips(pose, angles))
        assert set(met) == set(Gesture) - {Gesture.NONE} and all(0 <= score <= 1 for score in met.values())


# -- states over time ----------------------------------------------------------------------------------------------


def moved(pose, by_m):
    return Pose(pose.joints_cam_m + by_m, pose.joint_confidence, 1.0, pose.hand)


def test_velocity_is_that_of_the_hand():
    states, pose, velocity = HandStates(), pose_of(GESTURES["open"]), np.array([0.4, -0.2, 0.1])
    assert states.next(pose, 10.0).velocities_m_s is None
    for frame in range(1, 8):
        state = states.next(moved(pose, velocity * frame / 30), 10 + frame / 30)
        assert np.allclose(state.velocities_m_s, velocity) and np.allclose(state.palm_velocity_m_s, velocity)


@pytest.mark.parametrize("break_", ["no pose", "gap", "back in time", "other hand"])
def test_velocity_starts_afresh_after_a_break(break_):
    states, pose = HandStates(), pose_of(GESTURES["open"])
    for frame in range(3):
        states.next(pose, frame / 30)
    if break_ == "no pose":
        assert states.next(None, 0.1) is None
    next_pose = pose_of(GESTURES["open"], "left") if break_ == "other hand" else pose
    time_s = {"gap": 5.0, "back in time": 0.0}.get(break_, 0.12)
    assert states.next(next_pose, time_s).velocities_m_s is None


def test_two_hands_in_turn_each_have_their_own_speed():
    states, velocity = HandStates(), np.array([0.3, 0.0, 0.0])
    for frame in range(4):
        right = states.next(moved(pose_of(GESTURES["open"]), velocity * frame / 30), frame / 30)
        left = states.next(pose_of(GESTURES["fist"], "left"), frame / 30)
    assert np.allclose(right.velocities_m_s, velocity) and np.allclose(left.velocities_m_s, 0)
    assert (right.gesture, left.gesture) == (Gesture.OPEN, Gesture.FIST)


def test_a_state_holds_the_hand_together():
    pose = pose_of(GESTURES["five"])
    state = HandStates().next(pose, 0.0)
    assert state.bone_lengths_m.sum() == pytest.approx(bone_sum(pose.joints_cam_m))
    assert state.palm_normal @ [0, 0, -1] > 0.95  # the palm faces the camera
    assert np.allclose(state.palm_position_m, openxr_hand(pose).positions_m[PALM])
    assert state.joint_rotations.shape == (len(HAND.joints), 4)
    for array in (state.angles.degrees, state.openxr.positions_m, state.bone_lengths_m, state.grips.curls):
        assert not array.flags.writeable


def test_a_fits_angles_come_before_those_of_the_joints():
    given = joint_angles(pose_of(GESTURES["fist"]))
    state = HandStates().next(pose_of(GESTURES["open"]), 0.0, angles=given)
    assert state.angles is given and state.gesture is Gesture.FIST


def test_a_body_is_no_hand():
    with pytest.raises(ValueError, match="expected 21 joints, got 15"):
        HandStates().next(Pose(np.zeros((15, 3)), np.ones(15), 1.0, "right"), 0.0)


def test_names_are_all_different():
    assert len(set(ANGLES)) == len(ANGLES) == 23 and len(set(JOINTS)) == len(JOINTS) == 26

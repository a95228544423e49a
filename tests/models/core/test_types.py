"""Data that crosses module boundaries is checked at the edge and cannot change afterwards."""

import dataclasses

import numpy as np
import pytest

from models.core.types import Camera, Cube, DepthFrame, Pose, frozen_array

CAMERA = Camera(width=4, height=3, fx=5, fy=5, ppx=2, ppy=1)


def make_frame(**changes: object) -> DepthFrame:
    raw = np.arange(12, dtype=np.uint16).reshape(3, 4)
    values = {"raw": raw, "depth_units": 0.001, "camera": CAMERA, "frame_id": 7, "timestamp_ms": 1.0, "arrival_s": 2.0}
    return DepthFrame(**{**values, **changes})


def make_pose(**changes: object) -> Pose:
    values = {
        "joints_cam_m": np.zeros((21, 3)),
        "joint_confidence": np.ones(21),
        "confidence": 1.0,
        "hand": "right",
    }
    return Pose(**{**values, **changes})


def test_arrays_are_copied_and_read_only():
    raw = np.ones((3, 4), dtype=np.uint16)
    joints, confidence, center = np.zeros((21, 3)), np.ones(21), np.array([0.0, 0.0, 0.5])
    frame = make_frame(raw=raw)
    cube = Cube(center, 0.2)
    pose = make_pose(joints_cam_m=joints, joint_confidence=confidence, cube=cube)
    for source in (raw, joints, confidence, center):
        source += 1
    assert (frame.raw == 1).all()
    assert (pose.joints_cam_m == 0).all()
    assert (pose.joint_confidence == 1).all()
    assert cube.center_cam_m[2] == 0.5
    for array in (frame.raw, pose.joints_cam_m, pose.joint_confidence, cube.center_cam_m):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


@pytest.mark.parametrize(
    "value", [CAMERA, make_frame(), Cube([0, 0, 1], 0.2), make_pose()], ids=["camera", "frame", "cube", "pose"]
)
def test_fields_cannot_be_set(value):
    field = dataclasses.fields(value)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, field, 1)


def test_depth_becomes_metres_with_the_devices_own_units():
    depth = make_frame(depth_units=0.000125).depth_m()
    assert depth.dtype == np.float32
    np.testing.assert_allclose(depth, np.arange(12).reshape(3, 4) * 0.000125, rtol=1e-6)


@pytest.mark.parametrize(
    "change",
    [
        {"width": 0},
        {"height": -1},
        {"fx": 0.0},
        {"fy": -5.0},
        {"fx": np.nan},
        {"ppx": np.inf},
        {"ppy": np.nan},
    ],
    ids=str,
)
def test_cameras_that_cannot_be_are_refused(change):
    with pytest.raises(ValueError, match="camera"):
        dataclasses.replace(CAMERA, **change)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"raw": np.zeros((3, 4), dtype=np.uint8)}, "uint8"),
        ({"raw": np.zeros((3, 4), dtype=np.float32)}, "float32"),
        ({"raw": np.zeros((4, 3), dtype=np.uint16)}, r"\(3, 4\).*\(4, 3\)"),
        ({"raw": np.zeros((3, 4, 1), dtype=np.uint16)}, r"\(3, 4\).*\(3, 4, 1\)"),
        ({"depth_units": 0.0}, "depth units"),
        ({"depth_units": np.nan}, "depth units"),
    ],
)
def test_frames_say_what_was_expected_and_what_came(change, named):
    with pytest.raises(ValueError, match=named):
        make_frame(**change)


@pytest.mark.parametrize(
    ("center", "size"), [([0, 0], 0.2), ([0, 0, np.nan], 0.2), ([0, 0, 1], 0), ([0, 0, 1], np.inf)]
)
def test_cubes_that_cannot_be_are_refused(center, size):
    with pytest.raises(ValueError, match="cube"):
        Cube(np.array(center, dtype=float), size)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"joints_cam_m": np.zeros((21, 2))}, "pose joints"),
        ({"joints_cam_m": np.full((21, 3), np.nan)}, "finite"),
        ({"joint_confidence": np.ones(20)}, r"\(21,\).*\(20,\)"),
        ({"hand": "both"}, "both"),
    ],
)
def test_poses_that_cannot_be_are_refused(change, named):
    with pytest.raises(ValueError, match=named):
        make_pose(**change)


def test_a_pose_may_have_any_number_of_joints():
    assert make_pose(joints_cam_m=np.zeros((14, 3)), joint_confidence=np.ones(14)).joints_cam_m.shape == (14, 3)


def test_frames_and_poses_are_compared_by_identity():
    """Comparing their arrays would raise, or cost a pass over the picture."""
    frame, pose, cube = make_frame(), make_pose(), Cube([0, 0, 1], 0.2)
    assert frame == frame
    assert frame != make_frame()
    assert pose != make_pose()
    assert cube != Cube([0, 0, 1], 0.2)
    assert len({frame, pose, cube}) == 3


def test_camera_shape_is_height_and_width():
    assert CAMERA.shape == (3, 4)


def test_frozen_array_accepts_any_length_where_none_is_asked():
    assert frozen_array([[1, 2, 3]], np.float64, (None, 3), "points").shape == (1, 3)
    with pytest.raises(ValueError, match="points"):
        frozen_array([1, 2, 3], np.float64, (None, 3), "points")

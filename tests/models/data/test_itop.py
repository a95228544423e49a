"""The reader of ITOP, on files in its authors' format."""

from __future__ import annotations

import pickle

import h5py
import numpy as np
import pytest

from models.core.skeleton import BODY
from models.data.itop import ITOP_FRONT, ITOP_TOP
from models.data.label_files import Skipped
from tests.models.data.published import SURFACE_M, on_surface, write_itop


def test_joints_lie_on_their_own_pixels_and_invalid_frames_are_left_out(tmp_path):
    written = write_itop(tmp_path, "test", [1, 0, 1])
    skipped = Skipped()
    frames = list(ITOP_FRONT.frames(tmp_path, "test", skipped=skipped))
    assert [frame.name for frame in frames] == ["00_00000", "00_00002"]
    assert [frame.frame.frame_id for frame in frames] == [0, 2]
    assert frames[0].group == "person 00"
    assert skipped.counts == {"marked as not valid": 1}
    for frame, joints in zip(frames, [written[0], written[2]]):
        np.testing.assert_allclose(frame.joints_cam_m, joints, atol=1e-6)
        np.testing.assert_allclose(on_surface(frame), SURFACE_M, atol=2e-3)  # float16 at 2.5 m
    assert ITOP_FRONT.joints == BODY.joints
    assert len(ITOP_FRONT.open(tmp_path, "test")) == 2  # flags are no errors


def test_a_camera_of_0_0035_metres_a_pixel_at_one_metre(tmp_path):
    write_itop(tmp_path, "test", [1])
    camera = next(ITOP_FRONT.frames(tmp_path, "test")).frame.camera
    assert camera.fx == pytest.approx(285.714, abs=1e-3)
    assert camera.fx == camera.fy
    assert (camera.ppx, camera.ppy, camera.width, camera.height) == (160, 120, 320, 240)


@pytest.mark.parametrize(("view", "dataset"), [("side", ITOP_FRONT), ("front", ITOP_FRONT), ("top", ITOP_TOP)])
def test_views_are_found_by_the_authors_and_by_common_names(tmp_path, view, dataset):
    write_itop(tmp_path, "train", [1], view)
    assert len(dataset.open(tmp_path, "train")) == 1


def test_reference_points_are_in_metres_with_y_up(tmp_path):
    write_itop(tmp_path, "test", [1, 0])
    (tmp_path / "center_test.txt").write_text("0.1 0.2 2.5\ninvalid invalid invalid\n")
    (frame,) = ITOP_FRONT.frames(tmp_path, "test", centers=tmp_path / "center_test.txt")
    np.testing.assert_allclose(frame.center_cam_m, [0.1, -0.2, 2.5])


def test_missing_files_are_named(tmp_path):
    with pytest.raises(ValueError, match=r"ITOP_side_test_labels.h5: is missing; get .*zenodo"):
        ITOP_FRONT.open(tmp_path, "test")
    write_itop(tmp_path, "test", [1])
    (tmp_path / "ITOP_side_test_depth_map.h5").unlink()
    with pytest.raises(ValueError, match=r"ITOP_side_test_depth_map.h5: is missing"):
        ITOP_FRONT.open(tmp_path, "test")


def test_labels_without_valid_flags_are_an_error(tmp_path):
    write_itop(tmp_path, "test", [1])
    with h5py.File(tmp_path / "ITOP_side_test_labels.h5", "a") as file:
        del file["is_valid"]
    with pytest.raises(ValueError, match=r"ITOP_side_test_labels.h5: has no 'is_valid'"):
        ITOP_FRONT.open(tmp_path, "test")


def test_broken_files_and_counts_that_differ_are_errors(tmp_path):
    write_itop(tmp_path, "test", [1, 1])
    labels, depth = tmp_path / "ITOP_side_test_labels.h5", tmp_path / "ITOP_side_test_depth_map.h5"
    whole = depth.read_bytes()
    with h5py.File(depth, "a") as file:
        del file["id"]
        file["id"] = np.array([b"00_00000", b"07_00001"])
    with pytest.raises(ValueError, match="row 1 is frame 01_00001, but 07_00001 in ITOP_side_test_depth_map.h5"):
        ITOP_FRONT.open(tmp_path, "test")
    with h5py.File(depth, "a") as file:
        del file["id"]
        file["id"] = np.array([b"00_00000"])
    with pytest.raises(ValueError, match=r"labels.h5: has labels for 2 frames, but there are 1 frames in ITOP_side"):
        ITOP_FRONT.open(tmp_path, "test")
    depth.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"depth_map.h5: is not a readable HDF5 file") as caught:
        ITOP_FRONT.open(tmp_path, "test")
    assert "\n" not in str(caught.value)
    depth.write_bytes(whole)
    with h5py.File(labels, "a") as file:
        file["real_world_coordinates"][1, 3] = np.nan
    with pytest.raises(ValueError, match=r"labels.h5, frame 01_00001: holds a joint that is not finite"):
        ITOP_FRONT.open(tmp_path, "test")
    assert ITOP_FRONT.open(tmp_path, "test", skipped=Skipped()).names == ["00_00000"]


def test_images_of_another_size_are_an_error(tmp_path):
    write_itop(tmp_path, "test", [1])
    with h5py.File(tmp_path / "ITOP_side_test_depth_map.h5", "a") as file:
        del file["data"]
        file["data"] = np.zeros((1, 480, 640), np.float16)
    with pytest.raises(ValueError, match=r"frame 00_00000: has the shape \(480, 640\)"):
        list(ITOP_FRONT.frames(tmp_path, "test"))


def test_a_list_of_frames_can_go_to_another_process(tmp_path):
    write_itop(tmp_path, "test", [1])
    frames = pickle.loads(pickle.dumps(ITOP_FRONT.open(tmp_path, "test")))
    np.testing.assert_array_equal(frames[0].frame.raw, ITOP_FRONT.open(tmp_path, "test")[0].frame.raw)

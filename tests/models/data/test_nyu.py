"""The reader of NYU, on folders in its authors' format and on a real frame."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from models.data.label_files import Skipped
from models.data.nyu import NYU, read_depth, read_folder_frame
from models.data.record import LabelledFrame
from tests.models.data.published import NYU_EVALUATED, SURFACE_M, nyu_png, on_surface, text, write_nyu


@pytest.mark.parametrize("v73", [False, True])
def test_joints_lie_on_their_own_pixels(tmp_path, v73):
    written = write_nyu(tmp_path, "test", 2, v73)
    frames = list(NYU.frames(tmp_path, "test"))
    assert len(frames) == 2
    for frame, joints in zip(frames, written):
        np.testing.assert_allclose(frame.joints_cam_m, joints[NYU_EVALUATED], atol=1e-6)
        np.testing.assert_allclose(on_surface(frame), SURFACE_M, atol=1.1e-3)
    assert len(NYU.joints) == 14
    assert [f.name for f in frames] == ["depth_1_0000001.png", "depth_1_0000002.png"]
    assert [f.frame.frame_id for f in frames] == [1, 2]
    assert frames[0].group == "test_1"


def test_depth_is_green_and_blue_and_far_walls_are_left_out(tmp_path):
    image = np.full((480, 640), 2001)
    image[5, 5:9] = 299, 300, 1200, 1201
    nyu_png(tmp_path / "a.png", image)
    depth_m = read_depth(tmp_path / "a.png", 0).depth_m()
    np.testing.assert_allclose(depth_m[5, 5:9], [0, 0.3, 1.2, 0], atol=1e-6)
    assert np.count_nonzero(depth_m) == 2


def test_a_missing_image_is_named_or_counted(tmp_path):
    write_nyu(tmp_path, "train", 3)
    (tmp_path / "train" / "depth_1_0000002.png").unlink()
    with pytest.raises(ValueError, match=r"depth_1_0000002.png: is missing; get the data set from https"):
        list(NYU.frames(tmp_path, "train"))
    skipped = Skipped()
    assert len(list(NYU.frames(tmp_path, "train", skipped=skipped))) == 2
    assert skipped.counts == {"image missing": 1}
    assert skipped.lines()[0].startswith("image missing: 1 (first: ")


def test_more_images_than_labels_is_an_error(tmp_path):
    write_nyu(tmp_path, "test", 2)
    nyu_png(tmp_path / "test" / "depth_1_0000003.png", np.zeros((480, 640)))
    with pytest.raises(ValueError, match=r"joint_data.mat: has labels for 2 frames, but there are 3 images"):
        NYU.open(tmp_path, "test")


def test_broken_labels_are_named(tmp_path):
    with pytest.raises(ValueError, match=r"test/joint_data.mat: is missing; get .*https"):
        NYU.open(tmp_path, "test")
    joints = write_nyu(tmp_path, "test", 2)
    path = tmp_path / "test" / "joint_data.mat"
    whole = path.read_bytes()
    for content in (b"", b"no matrix at all", whole[:200], whole[:3000]):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"joint_data.mat: ") as caught:
            NYU.open(tmp_path, "test")
        assert "\n" not in str(caught.value)
    from scipy.io import savemat

    savemat(path, {"joint_uvd": np.zeros((3, 2, 36, 3))})
    with pytest.raises(ValueError, match="joint_xyz .*it is not there"):
        NYU.open(tmp_path, "test")
    savemat(path, {"joint_xyz": np.zeros((3, 2, 14, 3))})
    with pytest.raises(ValueError, match=r"got the shape \(3, 2, 14, 3\)"):
        NYU.open(tmp_path, "test")
    xyz = 1000 * np.array([joints] * 3)
    xyz[0, 1, 3, 2] = np.nan
    savemat(path, {"joint_xyz": xyz})
    with pytest.raises(ValueError, match="joint_data.mat, frame 2: holds a joint that is not finite"):
        NYU.open(tmp_path, "test")
    assert NYU.open(tmp_path, "test", skipped=Skipped()).numbers == [1]


def test_an_image_that_is_no_nyu_image_is_an_error(tmp_path):
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), np.zeros((480, 640), np.uint16))
    with pytest.raises(ValueError, match="expected an 8-bit colour image"):
        read_depth(path, 0)
    cv2.imwrite(str(path), np.zeros((240, 320, 3), np.uint8))
    with pytest.raises(ValueError, match="is 320x240 pixels, but NYU images have 640x480"):
        read_depth(path, 0)


def test_reference_points_are_turned_into_the_camera_frame(tmp_path):
    write_nyu(tmp_path, "test", 1)
    (tmp_path / "center_test_refined.txt").write_text("20 30 700\n")
    frame = next(NYU.frames(tmp_path, "test", centers=tmp_path / "center_test_refined.txt"))
    np.testing.assert_allclose(frame.center_cam_m, [0.02, -0.03, 0.7])


def test_a_folder_of_one_frame_is_read(tmp_path):
    joints = write_nyu(tmp_path, "test", 1)[0][NYU_EVALUATED]
    u, v = 320 + 588.03 * joints[:, 0] / joints[:, 2], 240 + 587.07 * joints[:, 1] / joints[:, 2]
    (tmp_path / "test" / "joints_uvd.txt").write_text(text(np.column_stack([u, v, 1000 * joints[:, 2]])) + " \n")
    frame = read_folder_frame(tmp_path / "test")
    np.testing.assert_allclose(frame.joints_cam_m, joints, atol=1e-6)
    np.testing.assert_allclose(on_surface(frame), SURFACE_M, atol=1.1e-3)
    (tmp_path / "test" / "joints_uvd.txt").write_text("1 2 3\n")
    with pytest.raises(ValueError, match=r"joints_uvd.txt, line 1: expected 42 numbers, got 3"):
        read_folder_frame(tmp_path / "test")
    with pytest.raises(ValueError, match=r"joints_uvd.txt: is missing"):
        read_folder_frame(tmp_path)


def test_a_folder_of_single_frames_is_a_test_part(tmp_path):
    joints = write_nyu(tmp_path, "test", 2)
    lines = []
    for x, y, z in (frame[NYU_EVALUATED].T for frame in joints):
        lines.append(text(np.column_stack([320 + 588.03 * x / z, 240 + 587.07 * y / z, 1000 * z])))
    path = tmp_path / "test" / "joints_uvd.txt"
    path.write_text("\n".join(lines))
    for frame, truth in zip(NYU.frames(tmp_path / "test", "test"), joints):
        np.testing.assert_allclose(frame.joints_cam_m, truth[NYU_EVALUATED], atol=1e-6)
    path.write_text(lines[0])
    with pytest.raises(ValueError, match=r"joints_uvd.txt: has labels for 1 frames, but there are 2 images"):
        NYU.open(tmp_path / "test", "test")


def test_the_real_frame_has_its_labels_on_the_hand(shared_data):
    folder = shared_data / "nyu_frame"
    if not folder.is_dir():
        pytest.skip(f"no real NYU frame at {folder}")
    frame = read_folder_frame(folder)
    assert frame.name == "depth_1_0000001.png"
    near = (np.abs(on_surface(frame)) < 0.03).sum()
    assert near >= 12
    for mirror in ([1, -1, 1], [-1, 1, 1]):
        turned = LabelledFrame(frame.frame, frame.joints_cam_m * mirror)
        assert (np.abs(on_surface(turned)) < 0.03).sum() < near

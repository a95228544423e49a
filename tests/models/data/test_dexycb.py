"""The reader of DexYCB, on folders in its authors' format."""

from __future__ import annotations

import numpy as np
import pytest

from models.data.dexycb import DEXYCB
from models.data.label_files import Skipped
from tests.models.data.published import DEXYCB_SERIALS, SURFACE_M, on_surface, write_dexycb

FIRST, SECOND = "20200709-subject-01/20200709_141754", "20200709-subject-01/20200709_141841"
CAMERA = "836212060125"


def test_joints_come_in_the_projects_order_on_the_pixels_of_each_camera(tmp_path):
    written = write_dexycb(tmp_path, {FIRST: (2, "right"), SECOND: (1, "left")})
    frames = list(DEXYCB.frames(tmp_path, "train"))
    names = [frame.name for frame in frames]
    assert names[:2] == [f"{FIRST}/{CAMERA}/aligned_depth_to_color_{number:06d}.png" for number in range(2)]
    assert [frame.hand for frame in frames] == 4 * ["right"] + 2 * ["left"]
    assert {frame.frame.camera.fx for frame in frames} == {camera[0] for camera in DEXYCB_SERIALS.values()}
    for frame, joints in zip(frames, [*written[FIRST], *written[FIRST], *written[SECOND], *written[SECOND]]):
        np.testing.assert_allclose(frame.joints_cam_m, joints, atol=1e-6)
        np.testing.assert_allclose(on_surface(frame), SURFACE_M, atol=1.1e-3)


def test_every_fifth_sequence_of_a_subject_is_held_out(tmp_path):
    names = [f"20200709-subject-{subject:02d}/2020_{number:02d}" for subject in (2, 3) for number in range(10)]
    write_dexycb(tmp_path, dict.fromkeys(names, (1, "right")))
    held_out = {"validation": [names[4], names[9]], "test": [names[14], names[19]]}
    for split, wanted in held_out.items():
        found = DEXYCB.open(tmp_path, split)
        assert [name.rsplit("/", 2)[0] for name in found.names[::2]] == wanted
    assert len(DEXYCB.open(tmp_path, "train")) == 2 * 16


def test_frames_without_a_labelled_hand_are_left_out(tmp_path):
    write_dexycb(tmp_path, {FIRST: (2, "right")})
    np.savez(tmp_path / FIRST / CAMERA / "labels_000000.npz", joint_3d=np.full((1, 21, 3), -1, np.float32))
    skipped = Skipped()
    assert len(DEXYCB.open(tmp_path, "train", skipped=skipped)) == 3
    assert skipped.counts == {"marked as not valid": 1}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (f"{FIRST}/meta.yml", b"[", r"meta.yml: is not readable YAML"),
        (f"{FIRST}/meta.yml", b"num_frames: 2\n", r"meta.yml: expected num_frames and mano_sides"),
        (f"{FIRST}/meta.yml", b"num_frames: x\nmano_sides: [up]\n", r"expected a number of frames and a side, got 'x'"),
        (f"calibration/intrinsics/{CAMERA}_640x480.yml", b"color: {fx: 3}\n", r"480.yml: expected fx, fy, ppx and ppy"),
        (f"calibration/intrinsics/{CAMERA}_640x480.yml", None, r"480.yml: is missing; get the data set from"),
        (f"{FIRST}/{CAMERA}/labels_000001.npz", None, r"labels_000001.npz: is missing"),
        (f"{FIRST}/{CAMERA}/labels_000001.npz", b"PK no archive", r"labels_000001.npz: is not a label file of DexYCB"),
        (f"{FIRST}/{CAMERA}/labels_000001.npz", np.zeros((21, 3)), r"expected joint_3d \(1, 21, 3\), got \(21, 3\)"),
    ],
)
def test_missing_and_broken_files_are_one_line(tmp_path, name, content, said):
    write_dexycb(tmp_path, {FIRST: (2, "right")})
    path = tmp_path / name
    path.unlink()
    if isinstance(content, np.ndarray):
        np.savez(path, joint_3d=content)
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=said) as caught:
        DEXYCB.open(tmp_path, "train")
    assert "\n" not in str(caught.value)


def test_a_broken_label_is_counted_and_the_other_frames_stay(tmp_path):
    write_dexycb(tmp_path, {FIRST: (2, "right")})
    (tmp_path / FIRST / CAMERA / "labels_000001.npz").write_bytes(b"")
    skipped = Skipped()
    assert len(DEXYCB.open(tmp_path, "train", skipped=skipped)) == 3
    assert skipped.counts["label not usable"] == 1

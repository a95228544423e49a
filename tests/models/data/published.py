"""Small data sets written the way their authors publish them, and what a reader should make of them.

Every writer takes joints in the camera frame of the project (metres, +Y down) and does the authors' arithmetic itself.
An image shows a small disc for each joint, SURFACE_M nearer than the joint; each joint has a depth of its own, so that
a mix-up of axes, units or joints puts a joint on the wrong disc or beside all of them.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path

import cv2
import h5py
import numpy as np
import scipy.io

from models.core.types import Pose
from models.data.pose_csv import COLUMNS, csv_row
from models.data.record import LabelledFrame

SURFACE_M = 0.010


def points(count: int, frame: int = 0, depth_m: float = 0.4, spacing_m: float = 0.02, step_m: float = 0.003):
    """Joints (count, 3), metres, camera frame: a grid off the optical axis, each at a depth of its own."""
    index = np.arange(count)
    x = (index % 5 - 2) * spacing_m + 0.7 * spacing_m + 0.1 * spacing_m * frame
    y = (index // 5 - 2) * spacing_m - 0.9 * spacing_m
    return np.stack([x, y, depth_m + step_m * index], axis=1)


def drawn(shape: tuple[int, int], uv: np.ndarray, depth: np.ndarray, background: float) -> np.ndarray:
    """An image (H, W) float64 with a disc of radius 3 pixels for each joint at `uv`, farther ones first."""
    image = np.full(shape, float(background))
    v, u = np.mgrid[-4:5, -4:5]
    for j in np.argsort(-depth):
        row, column = v + round(uv[j, 1]), u + round(uv[j, 0])
        disc = (column - uv[j, 0]) ** 2 + (row - uv[j, 1]) ** 2 <= 9
        image[row[disc], column[disc]] = depth[j]
    return image


def pixels(joints: np.ndarray, fx: float, fy: float, cx: float, cy: float) -> np.ndarray:
    return np.stack([joints[:, 0] * fx / joints[:, 2] + cx, joints[:, 1] * fy / joints[:, 2] + cy], axis=1)


def text(values: np.ndarray, separator: str = " ") -> str:
    return separator.join(f"{value:.4f}" for value in np.ravel(values))


def save_png(path: Path, image: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image)


def on_surface(labelled: LabelledFrame) -> np.ndarray:
    """Metres (J,) from the depth measured at each joint's pixel to the joint, along the viewing direction."""
    camera, depth_m = labelled.frame.camera, labelled.frame.depth_m()
    uv = pixels(labelled.joints_cam_m, camera.fx, camera.fy, camera.ppx, camera.ppy).round().astype(int)
    return labelled.joints_cam_m[:, 2] - depth_m[uv[:, 1], uv[:, 0]]


def write_msra_bin(path: Path, image_mm: np.ndarray) -> None:
    rows, columns = np.nonzero(image_mm)
    left, right, top, bottom = columns.min(), columns.max() + 1, rows.min(), rows.max() + 1
    header = struct.pack("<6i", image_mm.shape[1], image_mm.shape[0], left, top, right, bottom)
    path.write_bytes(header + image_mm[top:bottom, left:right].astype("<f4").tobytes())


def write_msra(root: Path, frames: dict[str, int]) -> dict[str, list[np.ndarray]]:
    """cvpr15_MSRAHandGestureDB with so many frames in each "P0/1"; the joints of each folder."""
    written = {}
    for number, (name, count) in enumerate(frames.items()):
        folder = root / name
        folder.mkdir(parents=True)
        joints = [points(21, frame + number) for frame in range(count)]
        rows = [text(j * 1000 * np.array([1, -1, -1])) for j in joints]  # +Y up, z negative
        (folder / "joint.txt").write_text("\n".join([str(count), *rows]) + "\n")
        for index, j in enumerate(joints):
            uv = pixels(j, 241.42, 241.42, 160, 120)
            image = drawn((240, 320), uv, 1000 * (j[:, 2] - SURFACE_M), 0)
            write_msra_bin(folder / f"{index:06d}_depth.bin", image)
        written[name] = joints
    return written


NYU_EVALUATED = [0, 3, 6, 9, 12, 15, 18, 21, 24, 25, 27, 30, 31, 32]


def nyu_png(path: Path, image_mm: np.ndarray) -> None:
    depth = image_mm.astype(np.uint16)
    save_png(path, np.dstack([depth & 255, depth >> 8, np.zeros_like(depth)]).astype(np.uint8))  # blue, green, red


def write_nyu(root: Path, split: str, count: int, v73: bool = False) -> list[np.ndarray]:
    """A train or test folder with its 36 joints in three views; the 36 joints of each frame in the first view."""
    folder = root / split
    folder.mkdir(parents=True)
    joints = [points(36, frame, depth_m=0.7) for frame in range(count)]
    xyz, uvd = np.zeros((3, count, 36, 3)), np.zeros((3, count, 36, 3))
    for frame, j in enumerate(joints):
        uv = pixels(j, 588.03, 587.07, 320, 240)
        nyu_png(folder / f"depth_1_{frame + 1:07d}.png", drawn((480, 640), uv, 1000 * (j[:, 2] - SURFACE_M), 2001))
        xyz[0, frame] = j * 1000 * np.array([1, -1, 1])
        uvd[0, frame] = np.column_stack([uv, 1000 * j[:, 2]])
    xyz[1:], uvd[1:] = 77, 77  # the other views are not used
    if v73:
        with h5py.File(folder / "joint_data.mat", "w", userblock_size=512) as file:
            file["joint_xyz"], file["joint_uvd"] = xyz.transpose(), uvd.transpose()
    else:
        scipy.io.savemat(folder / "joint_data.mat", {"joint_xyz": xyz, "joint_uvd": uvd})
    return joints


def write_icvl(root: Path, label: str, names: list[str]) -> list[np.ndarray]:
    """A label file such as Training/labels.txt and its images below Depth; the 16 joints of each."""
    path = root / label
    path.parent.mkdir(parents=True, exist_ok=True)
    joints, lines = [points(16, frame, depth_m=0.35) for frame in range(len(names))], []
    for name, j in zip(names, joints):
        uv = pixels(j, 240.99, 240.96, 160, 120)
        image = drawn((240, 320), uv, 1000 * (j[:, 2] - SURFACE_M), 0)
        save_png(path.parent / "Depth" / name, image.astype(np.uint16))
        lines.append(f"{name} {text(np.column_stack([uv, 1000 * j[:, 2]]))} ")
    path.write_text("\n".join(lines) + "\n\n")
    return joints


HANDS2017_ORDER = [0, 17, 1, 5, 9, 13, 18, 19, 20, 2, 3, 4, 6, 7, 8, 10, 11, 12, 14, 15, 16]
"""The project's index of wrist; T, I, M, R, P MCP; then PIP, DIP, TIP of T, of I, of M, of R, of P."""


HANDS2019_FILES = ("training_joint_annotation.txt", "training_images", "test_bbs.txt", "test_images")


def write_hands2019(root: Path, count: int, held_out: int = 0) -> list[np.ndarray]:
    """As HANDS 2017, in other files."""
    joints = write_hands2017(root, count, held_out)
    before = ("training/Training_Annotation.txt", "training/images", "frame/BoundingBox.txt", "frame/images")
    for old, new in zip(before, HANDS2019_FILES):
        (root / old).rename(root / new)
    for folder in ("training", "frame"):
        (root / folder).rmdir()
    return joints


def write_bighand(root: Path, counts: dict[str, int]) -> dict[str, list[np.ndarray]]:
    """So many frames in each "Subject_1/76 150"; the joints in the project's order."""
    written = {}
    for place, count in counts.items():
        joints, lines = [points(21, frame, depth_m=0.5) for frame in range(count)], []
        for frame, j in enumerate(joints):
            uv = pixels(j, 475.065948, 475.065857, 315.944855, 245.287079)
            image = drawn((480, 640), uv, 1000 * (j[:, 2] - SURFACE_M), 0).astype(np.uint16)
            save_png(root / place / f"image_D{frame:08d}.png", image)
            lines.append(f"{frame:08d}\t{text(1000 * j[HANDS2017_ORDER], chr(9))}\t")
        labels = root / "full_annotation" / f"{place}_loc_shift_made_by_qi_20180112_v2.txt"
        labels.parent.mkdir(parents=True, exist_ok=True)
        labels.write_text("\r\n".join(lines) + "\r\n")
        written[place] = joints
    return written


DEXYCB_ORDER = [0, 17, 18, 19, 20, *range(1, 17)]
"""The project's index of wrist, thumb, index, middle, ring and little finger, each from its root."""
DEXYCB_SERIALS = {"836212060125": (613.0, 612.0, 313.0, 245.0), "839512060362": (616.5, 616.25, 308.5, 248.5)}


def write_dexycb(root: Path, sequences: dict[str, tuple[int, str]]) -> dict[str, list[np.ndarray]]:
    """Sequences "20200709-subject-01/20200709_141754" with so many frames of a hand of that side, of two cameras.

    The joints in the project's order, which are the same for both cameras.
    """
    written = {}
    for serial, (fx, fy, ppx, ppy) in DEXYCB_SERIALS.items():
        path = root / "calibration" / "intrinsics" / f"{serial}_640x480.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        values = f"fx: {fx}\n  fy: {fy}\n  ppx: {ppx}\n  ppy: {ppy}\n"
        path.write_text(f"color:\n  {values}depth:\n  {values}")
    for place, (count, side) in sequences.items():
        joints = [points(21, frame, depth_m=0.6) for frame in range(count)]
        for serial, camera in DEXYCB_SERIALS.items():
            for frame, j in enumerate(joints):
                image = drawn((480, 640), pixels(j, *camera), 1000 * (j[:, 2] - SURFACE_M), 1200).astype(np.uint16)
                save_png(root / place / serial / f"aligned_depth_to_color_{frame:06d}.png", image)
                labels = {"joint_3d": j[None, DEXYCB_ORDER].astype(np.float32), "seg": np.zeros((480, 640), np.uint8)}
                np.savez_compressed(root / place / serial / f"labels_{frame:06d}.npz", **labels)
        (root / place).mkdir(parents=True, exist_ok=True)
        (root / place / "meta.yml").write_text(f"mano_sides:\n- {side}\nnum_frames: {count}\n")
        written[place] = joints
    return written


def write_fpha(root: Path, counts: dict[str, int], split: dict[str, list[str]]) -> dict[str, list[np.ndarray]]:
    """So many frames in each sequence "Subject_1/ACTION/1", and the split; the joints in the project's order."""
    written = {}
    for sequence, count in counts.items():
        joints, lines = [points(21, frame, depth_m=0.5) for frame in range(count)], []
        for frame, j in enumerate(joints):
            uv = pixels(j, 475.065948, 475.065857, 315.944855, 245.287079)
            image = drawn((480, 640), uv, 1000 * (j[:, 2] - SURFACE_M), 0).astype(np.uint16)
            save_png(root / "Video_files" / sequence / "depth" / f"depth_{frame:04d}.png", image)
            lines.append(f"{frame} {text(1000 * j[HANDS2017_ORDER])}")
        labels = root / "Hand_pose_annotation_v1" / sequence / "skeleton.txt"
        labels.parent.mkdir(parents=True)
        labels.write_text("\n".join(lines) + "\n")
        written[sequence] = joints
    rows = [line for name, found in split.items() for line in (f"{name} {len(found)}", *(f"{s} 3" for s in found))]
    (root / "data_split_action_recognition.txt").write_text("\n".join(rows) + "\n")
    return written


def write_hands2017(root: Path, count: int, held_out: int = 0) -> list[np.ndarray]:
    """The training part and a test part of one image; the joints of the training part in the project's order.

    The last `held_out` training frames have numbers that are held out for validation.
    """
    numbers = [*range(count), *range(9000, 9000 + held_out)]
    joints, lines = [points(21, frame, depth_m=0.5) for frame in range(len(numbers))], []
    for frame, j in zip(numbers, joints):
        uv = pixels(j, 475.065948, 475.065857, 315.944855, 245.287079)
        image = drawn((480, 640), uv, 1000 * (j[:, 2] - SURFACE_M), 2500).astype(np.uint16)
        name = f"image_D{frame + 1:08d}.png"
        save_png(root / "training" / "images" / name, image)
        lines.append(f"{name}\t{text(1000 * j[HANDS2017_ORDER], chr(9))}\t")
    (root / "training" / "Training_Annotation.txt").write_text("\n".join(lines) + "\n")
    save_png(root / "frame" / "images" / "image_D00000001.png", image)
    (root / "frame" / "BoundingBox.txt").write_text("image_D00000001.png\t200.0\t150.0\t400.0\t350.0\n")
    return joints


def write_itop(root: Path, split: str, valid: list[int], view: str = "side") -> list[np.ndarray]:
    """ITOP_*_depth_map.h5 and ITOP_*_labels.h5 of one view and split; the 15 joints of each frame."""
    root.mkdir(parents=True, exist_ok=True)
    joints = [points(15, frame, 2.5, 0.3, 0.02) for frame in range(len(valid))]
    ids = np.array([f"{frame % 2:02d}_{frame:05d}".encode() for frame in range(len(valid))])
    uvs = [np.column_stack([160 + j[:, 0] / (0.0035 * j[:, 2]), 120 + j[:, 1] / (0.0035 * j[:, 2])]) for j in joints]
    images = [drawn((240, 320), uv, j[:, 2] - SURFACE_M, 0) for uv, j in zip(uvs, joints)]
    with h5py.File(root / f"ITOP_{view}_{split}_depth_map.h5", "w") as file:
        file["id"], file["data"] = ids, np.array(images, np.float16)
    with h5py.File(root / f"ITOP_{view}_{split}_labels.h5", "w") as file:
        file["id"], file["is_valid"] = ids, np.array(valid, np.uint8)
        file["real_world_coordinates"] = np.array([j * [1, -1, 1] for j in joints], np.float32)
        file["image_coordinates"] = np.array(uvs).round().astype(np.int16)
        file["visible_joints"] = np.ones((len(valid), 15), np.int16)
        file["segmentation"] = np.full((len(valid), 240, 320), -1, np.int8)
    return joints


def write_cvar(
    root: Path, sequence: str, count: int, unit_mm: float = 1.0, width: int = 320, thumb_first: bool = False
):
    """One sequence with joint.txt and detections.txt; the joints of each frame in the project's order."""
    folder = root / sequence
    folder.mkdir(parents=True)
    order = [0, 17, 18, 19, 20, *range(1, 17)] if thumb_first else list(range(21))
    joints, lines, seen = [points(21, frame, depth_m=0.45) for frame in range(count)], [], []
    for frame, j in enumerate(joints):
        uv, name = pixels(j, 224.5, 230.5, 160, 120), f"{frame:06d}_depth.png"
        image = drawn((240, width), uv, 1000 * (j[:, 2] - SURFACE_M) / unit_mm, 32001)
        save_png(folder / name, image.astype(np.uint16))
        uvz = np.column_stack([uv, 1000 * j[:, 2] / unit_mm])
        lines.append(f"{name} {text(uvz[order])}")
        seen.append(f"{name} {text(uvz[5])}")
    (folder / "joint.txt").write_text("\n".join(lines) + "\n")
    (folder / "detections.txt").write_text("\n".join(seen) + "\n")
    return joints


def write_folder(root: Path, count: int, hands: tuple[str, ...] = ("right",)) -> list[np.ndarray]:
    """A folder as the program plays it, with a row in joints.csv for each image; the joints. `hands` take turns."""
    root.mkdir(parents=True, exist_ok=True)
    camera = {"width": 320, "height": 240, "fx": 290.0, "fy": 290.0, "ppx": 160.0, "ppy": 120.0}
    (root / "camera.json").write_text(json.dumps({**camera, "depth_units": 0.0005, "fps": 30}))
    joints, rows = [points(21, frame, depth_m=0.45) for frame in range(count)], [",".join(COLUMNS)]
    for frame, j in enumerate(joints):
        image = drawn((240, 320), pixels(j, 290, 290, 160, 120), (j[:, 2] - SURFACE_M) / 0.0005, 0)
        save_png(root / f"depth_{frame}.png", image.astype(np.uint16))
        hand = hands[frame % len(hands)]
        rows.append(",".join(csv_row(frame, 33.3 * frame, Pose(j, np.ones(21), 1.0, hand))))
    (root / "joints.csv").write_text("\n".join(rows) + "\n")
    return joints


def write_whole(root: Path, data: str) -> dict[str, int]:
    """A few frames of the training and of the test part of a data set by its name; how many each part has.

    The first subject or fold is the test; of HANDS 2017 only the training part has labels.
    """
    if data == "msra":
        write_msra(root, {"P0/1": 2, "P3/1": 3})
        return {"train": 3, "test": 2}
    if data == "nyu":
        write_nyu(root, "train", 3)
        write_nyu(root, "test", 2)
        return {"train": 3, "test": 2}
    if data == "icvl":
        write_icvl(root, "Training/labels.txt", ["a.png", "b.png", "c.png"])
        write_icvl(root, "Testing/test_seq_1.txt", ["test_seq_1/d.png"])
        write_icvl(root, "Testing/test_seq_2.txt", ["test_seq_2/e.png"])
        return {"train": 3, "test": 2}
    if data == "hands2017":
        write_hands2017(root, 3, held_out=2)
        return {"train": 3, "validation": 2, "test": 1}
    if data == "hands2019":
        write_hands2019(root, 3, held_out=2)
        return {"train": 3, "validation": 2, "test": 1}
    if data == "bighand":
        write_bighand(root, {"Subject_1/76 150": 2, "Subject_3/ego": 3})
        return {"train": 3, "test": 2}
    if data == "dexycb":
        names = [f"20200820-subject-{subject:02d}/20200820_{number:06d}" for subject in (1, 3) for number in range(5)]
        counted = dict.fromkeys(names, (0, "right")) | {
            names[0]: (2, "right"),
            names[4]: (1, "left"),
            names[9]: (2, "left"),
        }
        write_dexycb(root, counted)
        return {"train": 4, "validation": 2, "test": 4}
    if data == "fpha":
        training, test = "Subject_1/put_salt/1", "Subject_2/pour_milk/3"
        write_fpha(root, {training: 3, test: 2}, {"Training": [training], "Test": [test]})
        return {"train": 3, "test": 2}
    if data == "folder":
        write_folder(root, 10)
        return {"train": 8, "test": 2}
    if data == "cvar":
        write_cvar(root, "P4", 5)
        return {"train": 4, "test": 1}
    view = {"itop_front": "side", "itop_top": "top"}[data]
    write_itop(root, "train", [1, 0, 1, 1], view)
    write_itop(root, "test", [1, 1, 0], view)
    return {"train": 3, "test": 2}

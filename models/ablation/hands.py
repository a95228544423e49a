"""The hands that the networks are compared on: small depth images, made once and kept in files.

Kept of a hand: one depth image, large enough for the input of every network, its joints, and the two points around
which a tracker would put a cube. All are right hands; left ones were mirrored.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.ablation.setting import SYNTHETIC_SETTING, Setting
from models.core.camera import MIRROR
from models.core.flying import without_flying_pixels
from models.core.types import Camera, DepthFrame
from models.data.record import LabelledFrame
from models.data.synthetic.samples import DEPTH_UNITS
from models.data.synthetic.windows import WINDOW_M
from models.outputs import write_whole
from models.reading.networks import ReferenceNet
from models.reading.refine import refine, segmented_center

REFERENCES = ("centre of mass", "refined")
"""Where a cube may be put. The second is what the reference network makes of the first, as the tracker uses it."""
SIDE = 144
"""Pixels a side of the images: 4.2 mm at the hand, finer than a voxel of 5.7 mm."""
CHUNK = 250
"""Hands a file."""

MakeFrame = Callable[[int, int], "LabelledFrame | None"]
"""Frame `index` of a seed, in this order: models.data.synthetic.windows.hand_window, testset.hand_frame.

None where it cannot be used."""


@dataclass(frozen=True, slots=True, eq=False)  # arrays inside: compared by identity
class Hands:
    """N right hands.

    depth: (N, S, S) uint16 in DEPTH_UNITS, 0 where nothing was measured. cameras: (N, 4) float64, fx, fy, ppx and ppy
    of these images, pixels. joints_cam_m: (N, J, 3) float64. references_cam_m: (N, 2, 3) float64 in the order of
    REFERENCES. Camera frame, metres. setting: what they are.
    """

    depth: NDArray[np.uint16]
    cameras: NDArray[np.float64]
    joints_cam_m: NDArray[np.float64]
    references_cam_m: NDArray[np.float64]
    setting: Setting = SYNTHETIC_SETTING

    def __len__(self) -> int:
        return len(self.depth)

    def camera(self, index: int) -> Camera:
        """The camera of one image."""
        fx, fy, ppx, ppy = self.cameras[index]
        side = self.depth.shape[1]
        return Camera(side, side, fx, fy, ppx, ppy)

    def centers_cam_m(self, reference: str) -> NDArray[np.float64]:
        """Where the cubes are put: (N, 3)."""
        return self.references_cam_m[:, REFERENCES.index(reference)]


_ARRAYS = ("depth", "cameras", "joints_cam_m", "references_cam_m")


def mirrored(labelled: LabelledFrame) -> LabelledFrame:
    """The frame and its hand as a mirror beside the camera shows them. Raises ValueError where there is no hand."""
    frame, camera = labelled.frame, labelled.frame.camera
    if labelled.joints_cam_m is None:
        raise ValueError(f"frame {frame.frame_id}: expected a hand to mirror")
    ppx = camera.width - 1 - camera.ppx
    other = Camera(camera.width, camera.height, camera.fx, camera.fy, ppx, camera.ppy)
    raw = np.ascontiguousarray(frame.raw[:, ::-1])
    image = DepthFrame(raw, frame.depth_units, other, frame.frame_id, frame.timestamp_ms, frame.arrival_s)
    return LabelledFrame(image, labelled.joints_cam_m * MIRROR, "right" if labelled.hand == "left" else "left")


def resampled(
    frame: DepthFrame, center_cam_m: NDArray, keeps_flying: bool = False
) -> tuple[NDArray[np.uint16], NDArray[np.float64]]:
    """The part of an image around a point, WINDOW_M wide at its depth, as (SIDE, SIDE) pixels in DEPTH_UNITS.

    Also its camera (4,): fx, fy, ppx, ppy. Flying pixels are gone, unless they
    are kept; each pixel is the nearest of the image, 0 outside.
    """
    x, y, z = center_cam_m
    camera, pitch = frame.camera, WINDOW_M / SIDE
    steps = pitch * (np.arange(SIDE) + 0.5 - SIDE / 2)
    u = np.round(camera.fx * (x + steps) / z + camera.ppx).astype(np.int64)
    v = np.round(camera.fy * (y + steps) / z + camera.ppy).astype(np.int64)
    cleaned = frame.raw if keeps_flying else without_flying_pixels(frame.raw, frame.depth_units, z / camera.fx)
    seen_u, seen_v = (u >= 0) & (u < camera.width), (v >= 0) & (v < camera.height)
    depth = cleaned[np.ix_(np.clip(v, 0, camera.height - 1), np.clip(u, 0, camera.width - 1))]
    units = np.round(depth * (frame.depth_units / DEPTH_UNITS))
    units[~(seen_v[:, None] & seen_u[None, :]) | (units > np.iinfo(np.uint16).max)] = 0
    middle = SIDE / 2 - 0.5
    return units.astype(np.uint16), np.array([z / pitch, z / pitch, middle - x / pitch, middle - y / pitch])


def _of_frames(frames: Iterator[LabelledFrame], refiner: ReferenceNet, setting: Setting) -> Hands:
    """Hands with enough to see of each to find the centre of mass; the others are left out, unless all count."""
    depth, cameras, joints, references = [], [], [], []
    for labelled in frames:
        shown = mirrored(labelled) if labelled.hand == "left" else labelled
        assert shown.joints_cam_m is not None
        truth = setting.reference_point(shown.joints_cam_m)
        mass = segmented_center(shown.frame, truth, setting.cube_m)
        if mass is None:
            if not setting.protocol.counts_all:
                continue
            mass = truth
        (refined,) = refine(refiner, shown.frame, [mass])
        image, camera = resampled(shown.frame, truth, setting.protocol.keeps_flying)
        depth.append(image)
        cameras.append(camera)
        joints.append(shown.joints_cam_m)
        references.append([mass, refined.center_cam_m])
    return Hands(
        np.array(depth, dtype=np.uint16).reshape(-1, SIDE, SIDE),
        np.array(cameras, dtype=np.float64).reshape(-1, 4),
        np.array(joints, dtype=np.float64).reshape(-1, setting.joints, 3),
        np.array(references, dtype=np.float64).reshape(-1, len(REFERENCES), 3),
        setting,
    )


class HandStore:
    """Hands in files of a folder: what is missing, damaged or made otherwise is made again, file by file."""

    def __init__(
        self,
        folder: Path,
        make_frame: MakeFrame,
        seed: int,
        refiner: ReferenceNet,
        refiner_key: str,
        setting: Setting = SYNTHETIC_SETTING,
    ) -> None:
        """`refiner_key` stands for the reference network: hands that another one refined are made again."""
        self._folder, self._make_frame, self._seed, self._refiner = folder, make_frame, seed, refiner
        self._setting = setting
        self._made_with = f"{seed} {SIDE} {WINDOW_M} {refiner_key}"

    def load(self, count: int, tell: Callable[[int], None] = lambda _: None) -> Hands:
        """The hands of the first `count` frames; `tell` hears of the frames done and may raise to stop."""
        self._folder.mkdir(parents=True, exist_ok=True)
        chunks = []
        for start in range(0, count, CHUNK):
            stop = min(start + CHUNK, count)
            path = self._folder / f"hands_{start:06d}_{stop:06d}.npz"
            chunk = self._read(path)
            if chunk is None:
                chunk = _of_frames(self._frames(start, stop, tell), self._refiner, self._setting)
                self._write(path, chunk)
            tell(stop)
            chunks.append(chunk)
        depth, cameras, joints, references = (np.concatenate([getattr(c, name) for c in chunks]) for name in _ARRAYS)
        return Hands(depth, cameras, joints, references, self._setting)

    def _frames(self, start: int, stop: int, tell: Callable[[int], None]) -> Iterator[LabelledFrame]:
        for index in range(start, stop):
            tell(index)
            frame = self._make_frame(index, self._seed)
            if frame is not None:
                yield frame

    def _read(self, path: Path) -> Hands | None:
        """The hands of a file; None where it is missing, damaged or made with something else."""
        try:
            with np.load(path) as content:
                if str(content["made_with"]) != self._made_with:
                    return None
                depth, cameras, joints, references = (content[name] for name in _ARRAYS)
                return Hands(depth, cameras, joints, references, self._setting)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None

    def _write(self, path: Path, hands: Hands) -> None:
        buffer = io.BytesIO()
        arrays = {name: getattr(hands, name) for name in _ARRAYS}
        np.savez_compressed(buffer, made_with=np.array(self._made_with), **arrays)
        write_whole(path, buffer.getvalue())

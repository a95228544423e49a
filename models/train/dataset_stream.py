"""Training samples from a public data set. Each worker process reads its frames from disk, in a new order each pass.

models/data/synthetic/samples.py does the same for synthetic hands. Flying pixels are dropped, as in the program, unless
the protocol keeps them. For a pose network a left hand is mirrored, because pose networks know right hands only. The
reference network sees left hands as they are.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray
from torch.utils.data import get_worker_info

from models.core.camera import MIRROR, deproject
from models.core.crops import depth_crop
from models.core.protocol import OURS, Protocol
from models.core.skeleton import joints_center
from models.core.types import Cube, DepthFrame
from models.data.dataset import Dataset, FrameList
from models.data.label_files import Skipped
from models.data.record import LabelledFrame
from models.networks.refine import RefineNet
from models.reading.volume import MIN_POINTS, cloud_of
from models.train.augmentation import paper_augmentation
from models.train.tasks import CROP_OF_CUBE

ABSENT_SHARE = 0.2
"""Share of the reference network's crops that show another place of the image: what is no hand."""
SPREADS = (0.05, 0.10, 0.15)
"""The other crops lie around truth + noise. Standard deviation along each axis, in crop widths: one of these."""
PRESENT, ABSENT = 0.33, 0.47
"""In crop widths from the truth: a crop that is nearer than 0.33 shows the hand, one farther than 0.47 shows none."""
PLACES_TRIED = 10
"""Random places that are tried for a crop without the hand."""
LEAST_TRIES = 20
"""So many frames in a row have to fail before an error says that none can be used. A small set is tried again."""
LEAST_MEASURED = 0.005
"""A crop needs at least this share of measured pixels."""

_log = logging.getLogger(__name__)
_Sample = TypeVar("_Sample")


class CloudSample(NamedTuple):
    """points_cam_m (N, 3) float32, joints_cam_m (J, 3), reference_cam_m (3,): metres, camera frame, of right hands."""

    points_cam_m: NDArray[np.float32]
    joints_cam_m: NDArray[np.float64]
    reference_cam_m: NDArray[np.float64]


class CropSample(NamedTuple):
    """One sample of the reference network.

    crop: (1, S, S) float32, see models/core/crops.py. points: (1 + J, 3), the reference point and then the joints, from
    the crop's centre, in crop widths. presence: does the crop show the hand?
    """

    crop: NDArray[np.float32]
    points: NDArray[np.float32]
    presence: bool


class DatasetSampler:
    """Endless samples of some frames of a data set. A frame that cannot be used is left out; the first is logged."""

    def __init__(
        self,
        frames: FrameList,
        indices: NDArray[np.intp],
        cube_m: float,
        rng: np.random.Generator,
        training: bool,
        protocol: Protocol = OURS,
    ) -> None:
        """indices: the frames to go through. training: shuffle them anew each pass, turn and scale each sample.

        Without `training` they come in the given order, unchanged.
        """
        self._frames, self._indices, self._cube_m, self._rng = frames, indices, cube_m, rng
        self._training, self._protocol = training, protocol
        self._ranges = paper_augmentation(cube_m)
        self._order: list[int] = []
        self._skipped = Skipped()

    def pose_sample(self) -> CloudSample:
        """The cloud of the next frame. Raises ValueError where no frame can be used."""
        return self._made(self._cloud)

    def reference_sample(self) -> CropSample:
        """A crop of the next frame. Raises ValueError where no frame can be used."""
        return self._made(self._crop)

    def _made(self, make: Callable[[LabelledFrame], _Sample]) -> _Sample:
        last = ""
        for _ in range(max(len(self._indices), LEAST_TRIES)):
            if not self._order:
                order = self._rng.permutation(self._indices) if self._training else self._indices
                self._order = order[::-1].tolist()
            try:
                return make(self._frames[self._order.pop()])
            except ValueError as error:
                last = str(error)
                if not self._skipped.total:
                    _log.warning("%s; such frames are left out", last)
                self._skipped.add("not usable", last)
        raise ValueError(f"none of {len(self._indices)} frames can be used; the last: {last}")

    def _cloud(self, labelled: LabelledFrame) -> CloudSample:
        """The cloud around a frame's hand or body. It is larger than the cube: scaling and turning bring points in."""
        frame, joints = labelled.frame, _joints(labelled)
        center = joints_center(joints) if labelled.center_cam_m is None else labelled.center_cam_m
        reach_m = self._ranges.reach(self._cube_m) if self._training else self._cube_m
        points = cloud_of(frame, Cube(center, reach_m), self._protocol.keeps_flying)
        least = 0 if self._protocol.counts_all else MIN_POINTS
        if (np.abs(points - center) < self._cube_m / 2).all(axis=1).sum() < least:
            raise ValueError(f"{labelled.name}: has fewer than {least} measured points in its cube")
        side = MIRROR if labelled.hand == "left" else np.ones(3)
        return CloudSample(points * side.astype(np.float32), joints * side, center * side)

    def _crop(self, labelled: LabelledFrame) -> CropSample:
        """A crop near a frame's hand or body, or now and then of something else in the image."""
        frame, joints, rng = labelled.frame, _joints(labelled), self._rng
        truth = joints_center(joints)
        size_m = CROP_OF_CUBE * self._cube_m * (rng.uniform(*self._ranges.scale) if self._training else 1.0)
        center = self._elsewhere(frame, truth, size_m) if rng.random() < ABSENT_SHARE else None
        presence = center is None
        if center is None:
            off = np.clip(rng.normal(0, rng.choice(SPREADS), 3), -PRESENT / np.sqrt(3), PRESENT / np.sqrt(3))
            center = truth + off * size_m
        crop = depth_crop(frame.raw, frame.depth_units, frame.camera, center, size_m, RefineNet.input_resolution)
        if (crop < 1).mean() < LEAST_MEASURED:
            raise ValueError(f"{labelled.name}: has nothing measured around its reference point")
        points = (np.vstack([truth, joints]) - center) / size_m if presence else np.zeros((1 + len(joints), 3))
        if self._training:
            crop, points = turned(crop, points, rng.uniform(-self._ranges.rotation_rad, self._ranges.rotation_rad))
        return CropSample(crop, points.astype(np.float32), presence)

    def _elsewhere(self, frame: DepthFrame, truth_cam_m: NDArray, size_m: float) -> NDArray[np.float64] | None:
        """A point (3,) near something measured and far from the truth; None where none is found."""
        measured = np.flatnonzero(frame.raw)
        for _ in range(PLACES_TRIED if len(measured) else 0):
            v, u = np.unravel_index(self._rng.choice(measured), frame.raw.shape)
            at = deproject(np.array([u, v]), frame.raw[v, u] * np.float64(frame.depth_units), frame.camera)
            at = at + self._rng.normal(0, SPREADS[1] * size_m, 3)
            if np.linalg.norm(at - truth_cam_m) > ABSENT * size_m and at[2] > 0:
                return at
        return None


def _joints(labelled: LabelledFrame) -> NDArray[np.float64]:
    if labelled.joints_cam_m is None:
        raise ValueError(f"{labelled.name}: has no labels")
    return labelled.joints_cam_m


def turned(crop: NDArray[np.float32], points: NDArray, angle_rad: float) -> tuple[NDArray[np.float32], NDArray]:
    """A crop (1, S, S) and points (P, 3) from its centre, in crop widths, both turned about the optical axis."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    turn = np.array([[cos, -sin], [sin, cos]])
    middle = np.full(2, (crop.shape[-1] - 1) / 2)
    move = np.column_stack([turn, middle - turn @ middle])
    image = cv2.warpAffine(crop[0], move, crop.shape[1:], flags=cv2.INTER_NEAREST, borderValue=1.0)
    return np.asarray(image, dtype=np.float32)[None], np.column_stack([points[:, :2] @ turn.T, points[:, 2]])


@dataclass(frozen=True, slots=True)
class TrainingSamplers:
    """Calling it gives a sampler of training frames. Each worker of each process gets frames of its own.

    seed: deals the frames out to the workers; the same in all processes. process: number of this process, from 0 to
    `processes` - 1.
    """

    frames: FrameList
    cube_m: float
    seed: int
    process: int = 0
    processes: int = 1
    protocol: Protocol = OURS

    def __call__(self, seed: int) -> DatasetSampler:
        """The sampler for the worker that calls. seed: this worker's own, for the order and the random changes."""
        info = get_worker_info()
        workers, worker = (info.num_workers, info.id) if info is not None else (1, 0)
        dealt = np.random.default_rng(self.seed).permutation(len(self.frames))
        share = dealt[self.process * workers + worker :: self.processes * workers]
        rng = np.random.default_rng(seed)
        return DatasetSampler(self.frames, share if len(share) else dealt, self.cube_m, rng, True, self.protocol)


@dataclass(frozen=True, slots=True)
class HeldOutSamplers:
    """Calling it gives a sampler of `count` frames, evenly spread over the measured split."""

    frames: FrameList
    cube_m: float
    count: int
    protocol: Protocol = OURS

    def __call__(self, seed: int) -> DatasetSampler:
        """A sampler that always goes through the same frames in their own order."""
        indices = np.unique(np.linspace(0, len(self.frames) - 1, self.count).astype(np.intp))
        return DatasetSampler(self.frames, indices, self.cube_m, np.random.default_rng(seed), False, self.protocol)


def training_frames(dataset: Dataset, root: str, held_out: int | None, centers: str) -> FrameList:
    """The frames to train on, with reference points from a file where one is named; logs what is left out.

    Raises ValueError with one line where the data set, its labels or the file cannot be used.
    """
    return _opened(dataset, root, "train", held_out, centers)


def held_out_samplers(
    dataset: Dataset, root: str, held_out: int | None, count: int, protocol: Protocol = OURS
) -> HeldOutSamplers:
    """Samplers of `count` frames, at most all, of the data set's measured split. Raises ValueError as above."""
    frames = _opened(dataset, root, dataset.measured, held_out, "")
    return HeldOutSamplers(frames, dataset.cube_m, min(count, len(frames)), protocol)


def _opened(dataset: Dataset, root: str, split: str, held_out: int | None, centers: str) -> FrameList:
    skipped = Skipped()
    frames = dataset.open(root, split, held_out, centers or None, skipped)
    _log.info("%s %s: %d frames", dataset.name, split, len(frames))
    for line in skipped.lines():
        _log.info("left out: %s", line)
    return frames

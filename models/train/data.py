"""Batches made on the fly from samples, in worker processes."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from models.core.camera import MIRROR
from models.core.types import Cube
from models.core.voxels import cam_to_cube, occupancy
from models.data.synthetic.bend import bent
from models.train.augmentation import SYNTHETIC_AUGMENTATION, Augmentation, augmented
from models.train.samplers import MakeSampler, Sampler
from models.train.sizes import sized

_BUFFER = 256


class PoseBatch(NamedTuple):
    """occupancy: (B, 1, D, D, D) uint8. joints_cube: (B, J, 3) float32, cube coordinates.

    right: (B,) float32, 1 for right hands, 0 for their mirror images.
    """

    occupancy: Tensor
    joints_cube: Tensor
    right: Tensor


class CloudBatch(NamedTuple):
    """Clouds that become a PoseBatch on the training device (models/train/voxelise.py).

    points: (N, 3) float32, all clouds one after the other, metres from their reference points. counts: (B,) int64,
    points of each cloud. joints: (B, J, 3) float32, metres from the reference point. right: (B,) float32; 0: mirror
    the volume. again: (B,) float32; 1: augment the cloud.
    """

    points: Tensor
    counts: Tensor
    joints: Tensor
    right: Tensor
    again: Tensor


class ReferenceBatch(NamedTuple):
    """crops: (B, 1, S, S) float32. points: (B, 1 + J, 3) in crop sizes. presence: (B,) float32, 0 or 1."""

    crops: Tensor
    points: Tensor
    presence: Tensor


class InputBatch(NamedTuple):
    """inputs: (B, 1, ...), what the network takes. joints: (B, J, 3) float32, what it has to find, cube coordinates."""

    inputs: Tensor
    joints: Tensor


Batch = PoseBatch | CloudBatch | ReferenceBatch | InputBatch


@dataclass(frozen=True, slots=True)
class DataSpec:
    """What batches are made of.

    kind: "pose" or "reference". batch: samples. The rest is for poses only:
    reuse: uses of each cloud, see `pose_clouds`. cube_m: edge of the cube. resolution: voxels an axis.
    mirrored: share of the clouds that come as their mirror image. as_clouds: hand over points, not volumes; the GPU
    then makes the volumes. augmentation: random changes. bends: bend each cloud first (models/data/synthetic/bend.py).
    sizes: cubes in proportion to the hand (models/train/sizes.py).
    """

    kind: str
    batch: int
    reuse: int = 1
    cube_m: float = 0.25
    resolution: int = 44
    mirrored: float = 0.0
    as_clouds: bool = False
    augmentation: Augmentation = SYNTHETIC_AUGMENTATION
    bends: bool = False
    sizes: bool = False


def stream_seed(*entropy: int) -> int:
    """One seed from several numbers (run seed, process, worker, place in the run): independent streams."""
    return int(np.random.SeedSequence(entropy).generate_state(1, np.uint32)[0])


class Cloud(NamedTuple):
    """points (N, 3) float32 and joints (J, 3) relative to the reference point, metres; again: it was used before."""

    points: NDArray
    joints: NDArray
    again: bool


def pose_clouds(sampler: Sampler, reuse: int, rng: np.random.Generator) -> Iterator[Cloud]:
    """Endless clouds. Each comes `reuse` times, far apart; all but the first time it should be augmented."""

    def fresh() -> Cloud:
        sample = sampler.pose_sample()
        points = np.asarray(sample.points_cam_m, dtype=np.float32) - sample.reference_cam_m.astype(np.float32)
        return Cloud(points, np.asarray(sample.joints_cam_m) - sample.reference_cam_m, False)

    buffer: list[tuple[NDArray, NDArray, int]] = []
    while True:
        # Every `reuse` turns one is fresh and the others come from the buffer, so the buffer neither grows nor starves.
        cloud = fresh()
        yield cloud
        if reuse > 1:
            buffer.append((cloud.points, cloud.joints, reuse - 1))
        if len(buffer) < _BUFFER:
            continue
        for _ in range(reuse - 1):
            place = int(rng.integers(len(buffer)))
            points, joints, left = buffer[place]
            yield Cloud(points, joints, True)
            if left > 1:
                buffer[place] = (points, joints, left - 1)
            else:
                buffer[place] = buffer[-1]
                buffer.pop()


def _sides(spec: DataSpec, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which samples (B,) of a batch stay right hands; the first does, so that each batch has a pose to learn."""
    right = rng.random(spec.batch) >= spec.mirrored
    right[0] = True
    return right


def pose_batch(clouds: Iterator[Cloud], spec: DataSpec, rng: np.random.Generator) -> PoseBatch:
    """The next batch, voxelised in a cube of `spec.cube_m` around each reference point, some of it mirrored."""
    cube = Cube(np.zeros(3), spec.cube_m)
    size = spec.resolution
    volumes = np.empty((spec.batch, 1, size, size, size), dtype=np.uint8)
    right = _sides(spec, rng)
    joints: list[NDArray] = []
    for volume, is_right in zip(volumes, right):
        cloud = next(clouds)
        points, joints_m = cloud.points, cloud.joints
        if cloud.again or spec.augmentation.always:
            points, joints_m = augmented(points, joints_m, rng, spec.augmentation)
        inside = occupancy(points, cube, size)
        volume[0] = inside if is_right else inside[::-1]
        joints.append(cam_to_cube(joints_m if is_right else joints_m * MIRROR, cube))
    return PoseBatch(
        torch.from_numpy(volumes),
        torch.from_numpy(np.stack(joints).astype(np.float32)),
        torch.from_numpy(right.astype(np.float32)),
    )


def cloud_batch(clouds: Iterator[Cloud], spec: DataSpec, rng: np.random.Generator) -> CloudBatch:
    """The next batch as clouds, to be augmented, mirrored and voxelised elsewhere."""
    right = _sides(spec, rng)
    chosen = [next(clouds) for _ in range(spec.batch)]
    return CloudBatch(
        torch.from_numpy(np.concatenate([cloud.points for cloud in chosen])),
        torch.tensor([len(cloud.points) for cloud in chosen]),
        torch.from_numpy(np.stack([cloud.joints for cloud in chosen]).astype(np.float32)),
        torch.from_numpy(right.astype(np.float32)),
        torch.tensor([float(cloud.again or spec.augmentation.always) for cloud in chosen]),
    )


def reference_batch(sampler: Sampler, size: int) -> ReferenceBatch:
    """The next `size` reference samples."""
    samples = [sampler.reference_sample() for _ in range(size)]
    return ReferenceBatch(
        crops=torch.from_numpy(np.stack([s.crop for s in samples]).astype(np.float32)),
        points=torch.from_numpy(np.stack([s.points for s in samples]).astype(np.float32)),
        presence=torch.tensor([float(s.presence) for s in samples]),
    )


def bent_clouds(clouds: Iterator[Cloud], rng: np.random.Generator) -> Iterator[Cloud]:
    """The clouds, each bent anew (models/data/synthetic/bend.py)."""
    for cloud in clouds:
        points, joints = bent(cloud.points, cloud.joints, rng)
        yield cloud._replace(points=points, joints=joints)


def sized_clouds(clouds: Iterator[Cloud], cube_m: float, rng: np.random.Generator) -> Iterator[Cloud]:
    """The clouds, each scaled as the cube of its hand shows it (models/train/sizes.py)."""
    for cloud in clouds:
        points, joints = sized(cloud.points, cloud.joints, cube_m, rng)
        yield cloud._replace(points=points, joints=joints)


def batches(sampler: Sampler, spec: DataSpec, rng: np.random.Generator) -> Iterator[Batch]:
    """Endless batches of one sampler."""
    if spec.kind == "reference":
        while True:
            yield reference_batch(sampler, spec.batch)
    clouds = pose_clouds(sampler, spec.reuse, rng)
    if spec.bends:
        clouds = bent_clouds(clouds, rng)
    if spec.sizes:
        clouds = sized_clouds(clouds, spec.cube_m, rng)
    make = cloud_batch if spec.as_clouds else pose_batch
    while True:
        yield make(clouds, spec, rng)


class SampleStream(IterableDataset[Batch]):
    """Endless batches; every worker has a sampler of its own with a seed of its own."""

    def __init__(self, make_sampler: MakeSampler, spec: DataSpec, entropy: tuple[int, ...]) -> None:
        self._make_sampler = make_sampler
        self._spec = spec
        self._entropy = entropy

    def __iter__(self) -> Iterator[Batch]:
        info = get_worker_info()
        worker = info.id if info is not None else 0
        sampler = self._make_sampler(stream_seed(*self._entropy, worker))
        return batches(sampler, self._spec, np.random.default_rng(stream_seed(*self._entropy, worker, 1)))


def _start_worker(_: int) -> None:
    # Ctrl-C and `timeout` reach the whole process group; the training process decides when workers end, and workers
    # notice by themselves when it is gone.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    cv2.setNumThreads(1)


def make_loader(stream: SampleStream, workers: int, pin_memory: bool) -> DataLoader[Batch]:
    """Batches of `stream` from `workers` processes (0: this one); batching is the stream's."""
    if workers:
        # Before they fork: OpenCV's pool does not outlive a fork, and a worker that changes it would wait for ever.
        cv2.setNumThreads(1)
    return DataLoader(
        stream,
        batch_size=None,
        num_workers=workers,
        prefetch_factor=6 if workers else None,
        worker_init_fn=_start_worker if workers else None,
        pin_memory=pin_memory,
    )


def held_out(make_sampler: MakeSampler, spec: DataSpec, seed: int, count: int) -> list[Batch]:
    """`count` samples (rounded up to whole batches) of a stream of their own, without augmentation, in batches."""
    plain = DataSpec(spec.kind, spec.batch, 1, spec.cube_m, spec.resolution)
    # The leading word keeps the stream apart from every training stream, whatever their seeds.
    source = batches(make_sampler(stream_seed(0x5EED, seed)), plain, np.random.default_rng(seed))
    return [next(source) for _ in range(-(-count // spec.batch))]

"""What draws the samples that a run learns from, and how they look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class PoseSample(Protocol):
    """A right hand: points_cam_m (N, 3), joints_cam_m (J, 3), reference_cam_m (3,), all in metres."""

    @property
    def points_cam_m(self) -> NDArray: ...
    @property
    def joints_cam_m(self) -> NDArray: ...
    @property
    def reference_cam_m(self) -> NDArray: ...


class ReferenceSample(Protocol):
    """crop: (1, S, S). points: (1 + J, 3), reference point, then joints, from the crop's centre, in crop widths.

    presence: does the crop show the hand?
    """

    @property
    def crop(self) -> NDArray[np.float32]: ...
    @property
    def points(self) -> NDArray[np.float32]: ...
    @property
    def presence(self) -> bool: ...


class Sampler(Protocol):
    """Draws samples without end: synthetic hands (SyntheticSampler) or those of a data set (DatasetSampler)."""

    def pose_sample(self) -> PoseSample: ...
    def reference_sample(self) -> ReferenceSample: ...


MakeSampler = Callable[[int], Sampler]
"""A sampler from a seed: each worker process makes one for itself."""


def synthetic_samplers() -> MakeSampler:
    """Samplers of synthetic hands, which take a second to import and to compile: data sets need not wait for them."""
    from models.data.synthetic.samples import SyntheticSampler

    return SyntheticSampler

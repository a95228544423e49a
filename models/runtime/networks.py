"""Inference with exported networks: numpy in, numpy out."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from models.core.devices import DEVICES
from models.core.heatmaps import NOTHING_EXPECTED
from models.runtime.card import Kind, ModelCard, RuntimeModelError, load_card, telling_line
from models.runtime.engines import Run, open_graph
from models.runtime.int8 import int8_file
from models.runtime.openvino_cpu import CompiledFile

LARGEST_OFFSET, ROUNDING = 1.0, 1e-3
"""Joints lie within two cubes (-1 .. 1) and hands within two crops; what is farther out was not computed well."""


@dataclass(frozen=True, slots=True)
class PoseEstimate:
    """joints_cube: (J, 3) float64, cube coordinates (-0.5 .. 0.5). confidence: (J,) float64 in 0 .. 1.

    right: probability that the volume shows a right hand and no mirrored one; None from networks that do not say.
    """

    joints_cube: NDArray[np.float64]
    confidence: NDArray[np.float64]
    right: float | None = None


@dataclass(frozen=True, slots=True)
class ReferenceEstimate:
    """offset: (N, 3) float64 from the crops' centres, in fractions of the crop size, camera axes.

    presence: (N,) probability that there is a hand.
    """

    offset: NDArray[np.float64]
    presence: NDArray[np.float64]


class PoseNetwork:
    """Joints from occupancy volumes. One thread at a time may call `infer`."""

    def __init__(
        self, path: str | Path, device: str = "auto", threads: int | None = None, precision: str = "f32"
    ) -> None:
        """Load `path` on `device`, one of DEVICES; `threads` for processors, by default as many as there are cores.

        precision: one of PRECISIONS but "auto"; float32 where the device has no other.

        Raises RuntimeModelError where the file, its card or the device cannot be used, ValueError for other devices.
        """
        self.card, self._path = _checked_card(Path(path), "pose", device), Path(path)
        size = self.card.input_resolution
        int8 = int8_file(Path(path), self.card) if precision == "int8" else None
        self._run, self._device = open_graph(Path(path), device, threads, False, precision, int8)
        self._shape = (size, size, size)
        joints = len(self.card.joints)
        self._nothing = np.tile(np.array(NOTHING_EXPECTED, np.float32), (joints, 1))
        self._takes_expected = bool(self.card.details.get("takes_expected"))
        side = [(1,)] if self.card.details.get("has_side") else []
        example = self._inputs(np.zeros(self._shape, np.uint8), None)
        _try_out(Path(path), self._run, example, [(1, joints, 3), (1, joints), *side])

    @property
    def device(self) -> str:
        """What it really runs on, which changes where a GPU fails."""
        return getattr(self._run, "device", self._device)

    def twins(self) -> tuple[PoseNetwork, PoseNetwork] | None:
        """Two of the same that may be asked at the same time; None where the device has no such. Takes long."""
        return _twins(self)

    @property
    def run(self) -> Run:
        """The graph itself: its inputs in order, its outputs in order."""
        return self._run

    def infer(self, occupancy: NDArray[np.uint8], expected: NDArray[Any] | None = None) -> PoseEstimate:
        """Joints of one volume (D, D, D) uint8, 0 or 1.

        Raises ValueError for another shape, RuntimeModelError where the answer makes no sense.

        expected: (J, 4), where each joint is expected, cube coordinates, and how far around, a standard deviation in
        cube edges. Joints are then where volume and expectation together say. Networks whose card does not say that
        they take it answer as without.
        """
        if occupancy.shape != self._shape:
            raise ValueError(f"occupancy: expected shape {self._shape}, got {occupancy.shape}")
        if expected is not None and expected.shape != self._nothing.shape:
            raise ValueError(f"expected joints: expected shape {self._nothing.shape}, got {expected.shape}")
        joints, confidence, *side = self._run(*self._inputs(occupancy, expected))
        _check_answer(self._path, joints, confidence, *side)
        right = float(side[0][0]) if side else None
        return PoseEstimate(joints[0].astype(np.float64), confidence[0].astype(np.float64), right)

    def _inputs(self, occupancy: NDArray[np.uint8], expected: NDArray[Any] | None) -> list[NDArray[Any]]:
        volume = np.ascontiguousarray(occupancy, dtype=np.uint8)[None, None]
        if not self._takes_expected:
            return [volume]
        return [volume, np.ascontiguousarray(self._nothing if expected is None else expected, dtype=np.float32)[None]]


class ReferenceNetwork:
    """Offset and presence from depth crops. One thread at a time may call `infer`."""

    def __init__(
        self, path: str | Path, device: str = "auto", threads: int | None = None, precision: str = "f32"
    ) -> None:
        """As `PoseNetwork`."""
        self.card, self._path = _checked_card(Path(path), "reference", device), Path(path)
        size = self.card.input_resolution
        self._run, self.device = open_graph(Path(path), device, threads, True, precision)
        self._shape = (1, size, size)
        _try_out(Path(path), self._run, [np.zeros((2, *self._shape), np.float32)], [(2, 3), (2,)])

    def twins(self) -> tuple[ReferenceNetwork, ReferenceNetwork] | None:
        """As `PoseNetwork`."""
        return _twins(self)

    def infer(self, crops: NDArray[np.float32]) -> ReferenceEstimate:
        """Estimates for crops (N, 1, S, S) float32 in -1 .. 1, N may be 0; errors as of PoseNetwork.infer."""
        if crops.ndim != 4 or crops.shape[1:] != self._shape:
            raise ValueError(f"crops: expected shape (N, {', '.join(map(str, self._shape))}), got {crops.shape}")
        if len(crops) == 0:
            return ReferenceEstimate(np.empty((0, 3)), np.empty(0))
        offset, presence = self._run(np.ascontiguousarray(crops, dtype=np.float32))
        _check_answer(self._path, offset, presence)
        return ReferenceEstimate(offset.astype(np.float64), presence.astype(np.float64))


Network = TypeVar("Network", PoseNetwork, ReferenceNetwork)


def _twins(network: Network) -> tuple[Network, Network] | None:
    if not isinstance(network._run, CompiledFile):
        return None
    one, other = copy(network), copy(network)
    one._run, other._run = network._run.twins()
    return one, other


def _checked_card(path: Path, kind: Kind, device: str) -> ModelCard:
    if device not in DEVICES:
        raise ValueError(f"device: expected one of {', '.join(DEVICES)}, got {device!r}")
    card = load_card(path)
    if card.kind != kind:
        raise RuntimeModelError(f"{path}: is a {card.kind} network, but a {kind} network is needed here")
    return card


def _try_out(path: Path, run: Run, example: list[NDArray[Any]], shapes: list[tuple[int, ...]]) -> None:
    """Run once: warms up, and finds out whether the file is what its card says."""
    try:
        got = [array.shape for array in run(*example)]
    except Exception as error:  # whatever the runtimes raise for a wrong graph
        message = f"{path}: does not take what its card says ({telling_line(error)}); export the model again"
        raise RuntimeModelError(message) from error
    if got != shapes:
        raise RuntimeModelError(f"{path}: gives outputs {got}, its card says {shapes}; export the model again")


def _check_answer(path: Path, places: NDArray[Any], *shares: NDArray[Any]) -> None:
    """Raise RuntimeModelError unless places are within two cubes, and confidences and probabilities within 0 .. 1.

    Written so that NaN fails, too.
    """
    if not np.abs(places).max() <= LARGEST_OFFSET:
        what = "places that are no numbers" if np.isnan(places).any() else "places outside of two cubes"
    elif not all(share.min() >= -ROUNDING and share.max() <= 1 + ROUNDING for share in shares):
        what = "confidences that are not within 0 and 1"
    else:
        return
    raise RuntimeModelError(f"{path}: the network answers with {what}; choose another or export it again")

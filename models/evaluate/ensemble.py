"""Several networks asked as one: the paper's epoch ensemble (section 5.2) averages the estimates of a run's epochs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.reading.networks import PoseNet
from models.runtime import PoseEstimate, PoseNetwork


class PoseEnsemble:
    """Answers with the mean of its networks' answers."""

    def __init__(self, networks: Sequence[PoseNet]) -> None:
        """Raises ValueError where the networks take or give different things."""
        first = networks[0].card
        for network in networks[1:]:
            for name in ("kind", "input_resolution", "size_m", "cube_of_bones", "joints"):
                if getattr(network.card, name) != getattr(first, name):
                    raise ValueError(f"ensemble: {network.card.name} and {first.name} differ in {name}")
        self._networks = tuple(networks)
        self.card = replace(first, name=" + ".join(network.card.name for network in networks), joint_sd=None)
        self.device = networks[0].device

    def infer(self, occupancy: NDArray[np.uint8], expected: NDArray | None = None) -> PoseEstimate:
        """The mean joints, confidence and side; both arguments as each network takes them."""
        estimates = [network.infer(occupancy, expected) for network in self._networks]
        sides = [estimate.right for estimate in estimates if estimate.right is not None]
        return PoseEstimate(
            np.mean([estimate.joints_cube for estimate in estimates], axis=0),
            np.mean([estimate.confidence for estimate in estimates], axis=0),
            float(np.mean(sides)) if len(sides) == len(estimates) else None,
        )


def load_pose_networks(paths: Sequence[Path], device: str, precision: str = "f32") -> PoseNet:
    """The network of a file, or those of several files as one. Raises ValueError or RuntimeModelError with one line."""
    networks = [PoseNetwork(path, device, precision=precision) for path in paths]
    return networks[0] if len(networks) == 1 else PoseEnsemble(networks)

"""The likelihood volumes themselves, copied out of the graph, as the paper's own program takes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.core.heatmaps import NOTHING_EXPECTED
from models.runtime.card import RuntimeModelError, load_card
from models.runtime.openvino_cpu import compile_openvino, read_openvino


class VolumeNetwork:
    """Volumes from occupancy, through OpenVINO on the processor. What follows the volumes in the graph is cut off."""

    def __init__(self, path: Path) -> None:
        """Raises RuntimeModelError where the file cannot be used."""
        self.card = load_card(path)
        model = read_openvino(path)
        ports = [port for operation in model.get_ordered_ops() for port in operation.outputs()]
        volumes = [port for port in ports if _has_volumes(port.get_partial_shape(), len(self.card.joints))]
        if not volumes:
            raise RuntimeModelError(f"{path}: its graph holds no likelihood volumes; choose another network")
        import openvino

        self._run = compile_openvino(path, openvino.Model([volumes[-1]], model.get_parameters()))
        self._extra = [np.tile(np.array(NOTHING_EXPECTED, np.float32), (1, len(self.card.joints), 1))]
        self._extra = self._extra[: len(model.inputs) - 1]

    def infer(self, occupancy: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(J, R, R, R) float32 of one volume (D, D, D) uint8, 0 or 1; the largest value is where the joint is."""
        volumes: NDArray[np.float32] = self._run(np.ascontiguousarray(occupancy)[None, None], *self._extra)[0][0]
        return volumes


def _has_volumes(shape: Any, joints: int) -> bool:
    return shape.is_static and len(shape) == 5 and tuple(shape.to_shape())[:2] == (1, joints)

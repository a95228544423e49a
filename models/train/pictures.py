"""Pictures of a run as it goes on: what it learns from, changed at random as it is, and the worst held-out samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.core.skeleton import Skeleton
from models.data.pictures import BGR, draw_skeleton, sheet
from models.outputs import write_whole
from models.train.data import Batch, PoseBatch
from models.train.source import on_device
from models.train.tasks import PoseTask

FOLDER = "pictures"
TILE_PX = 220
COLUMNS = 8
TRUTH_COLOR: BGR = (255, 255, 255)


def volume_tile(occupancy: NDArray, skeleton: Skeleton, truth: NDArray, found: NDArray | None) -> NDArray[np.uint8]:
    """Picture (TILE_PX, TILE_PX, 3) of a volume (D, D, D) as its camera sees it: what is near is light.

    truth, found: joints (J, 3), cube coordinates; the truth is thin and white where something was found.
    """
    filled = occupancy.any(axis=2)
    nearest = occupancy.argmax(axis=2)
    gray = np.where(filled, 230 - 170 * nearest / occupancy.shape[2], 0).astype(np.uint8)
    gray = cv2.resize(gray.T, (TILE_PX, TILE_PX), interpolation=cv2.INTER_NEAREST)  # rows along y
    picture = np.repeat(np.asarray(gray, dtype=np.uint8)[..., None], 3, axis=2)
    if found is not None:
        draw_skeleton(picture, (found[:, :2] + 0.5) * TILE_PX, skeleton)
    color = None if found is None else TRUTH_COLOR
    draw_skeleton(picture, (truth[:, :2] + 0.5) * TILE_PX, skeleton, radius=1, color=color)
    return picture


class RunPictures:
    """After each tenth of a run of poses OUT/pictures/NN_training.png and NN_worst.png, NN from 01 to 10."""

    def __init__(self, task: PoseTask, held_out: Sequence[Batch], device: torch.device, out: Path) -> None:
        self._task, self._device, self._folder = task, device, out / FOLDER
        self._held_out = [batch for batch in held_out if isinstance(batch, PoseBatch)]

    def draw(self, epoch: int, batch: Batch, weights: Mapping[str, Tensor]) -> None:
        """The batch that was learned from last, and the worst held-out samples by averaged weights."""
        if isinstance(batch, PoseBatch):
            count = min(len(batch.occupancy), 2 * COLUMNS)
            self._write(f"{epoch:02d}_training.png", [self._tile(batch, place, None) for place in range(count)])
        worst = self._worst(weights)
        if worst:
            self._write(f"{epoch:02d}_worst.png", worst)

    @torch.no_grad()
    def _worst(self, weights: Mapping[str, Tensor]) -> list[NDArray[np.uint8]]:
        network = self._task.build().to(self._device).eval()
        network.load_state_dict(weights)
        tiles: list[tuple[float, NDArray[np.uint8]]] = []
        for batch in self._held_out:
            moved = on_device(batch, self._device)
            found = self._task.decode(network(self._task.inputs(moved))).joints.cpu()
            errors = (found - batch.joints_cube).norm(dim=-1).mean(dim=1)
            tiles += [(float(e), self._tile(batch, place, found[place].numpy())) for place, e in enumerate(errors)]
            tiles = sorted(tiles, key=lambda tile: -tile[0])[:COLUMNS]
        return [tile for _, tile in tiles]

    def _tile(self, batch: PoseBatch, place: int, found: NDArray | None) -> NDArray[np.uint8]:
        occupancy, truth = batch.occupancy[place, 0].cpu().numpy(), batch.joints_cube[place].cpu().numpy()
        return volume_tile(occupancy, self._task.skeleton, truth, found)

    def _write(self, name: str, tiles: list[NDArray[np.uint8]]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        write_whole(self._folder / name, cv2.imencode(".png", sheet(tiles, COLUMNS))[1].tobytes())

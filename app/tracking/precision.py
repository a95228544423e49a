"""Which precision a pose network runs in: measured once on each processor, and kept."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.core.skeleton import hand_reference_point
from models.core.types import Camera, Cube, DepthFrame
from models.json_file import read_object
from models.kept import kept_folder
from models.outputs import write_whole
from models.reading.networks import PoseNet
from models.reading.volume import volume_of
from models.runtime import openvino_precisions, processor_name

log = logging.getLogger(__name__)

MEASURE_S = 1.0
MOST_MOVED_MM = 1.0
"""A precision that moves joints by more than this from where float32 has them, on average, is not taken."""
GAIN = 0.9
"""It has to take less than this share of float32's time."""
_FRAMES = 4

Open = Callable[[str], PoseNet]
"""The pose network in a precision."""


def opened(precision: str, network: str, open_network: Open) -> PoseNet:
    """The network in the precision that was asked for, or for "auto" in the best one.

    network: a name that tells it from others. A precision that is not there is said once; the network is then in
    float32.
    """
    if precision == "auto":
        return _best(network, open_network)
    found = open_network(precision)
    if precision != "f32" and not found.device.endswith(precision):
        log.warning("precision %s: %s does not have it; the network runs in float32", precision, found.device)
    return found


def _best(network: str, open_network: Open) -> PoseNet:
    """In the precision that was kept for this processor and network; else it is measured, where there is a choice."""
    choices = openvino_precisions()
    if len(choices) < 2:
        return open_network("f32")
    key = f"{processor_name()}: {network}"
    kept = _kept()
    if kept.get(key) in choices:
        return open_network(str(kept[key]))
    plain = open_network("f32")
    if not plain.device.startswith("OpenVINO"):
        return plain
    found = {"f32": plain}
    for choice in choices:
        if choice != "f32" and (other := open_network(choice)).device.endswith(choice):
            found[choice] = other
    best = measured(found, _hands()) if len(found) > 1 else "f32"
    try:
        path = _kept_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, (json.dumps(kept | {key: best}, indent=1) + "\n").encode())
    except (OSError, RuntimeError, ValueError) as error:
        log.info("the choice of a precision cannot be kept (%s); it is measured again at the next start", error)
    return found[best]


def _kept() -> dict[str, object]:
    """The choices of earlier starts."""
    try:
        return read_object(_kept_path())
    except (FileNotFoundError, RuntimeError, ValueError):
        return {}


def measured(networks: dict[str, PoseNet], hands: Sequence[tuple[DepthFrame, Cube]]) -> str:
    """The fastest of networks by precision on these hands, in turn for `MEASURE_S`, that leaves joints in place."""
    volumes = [volume_of(frame, cube, networks["f32"].card.input_resolution).occupancy for frame, cube in hands]
    joints = {name: np.stack([network.infer(v).joints_cube for v in volumes]) for name, network in networks.items()}
    spent_s: dict[str, list[float]] = {name: [] for name in networks}
    end_s = time.perf_counter() + MEASURE_S
    while time.perf_counter() < end_s:
        for volume in volumes:
            for name, network in networks.items():
                start_s = time.perf_counter()
                network.infer(volume)
                spent_s[name].append(time.perf_counter() - start_s)
    typical_s = {name: float(np.median(spent)) for name, spent in spent_s.items()}
    size_mm = 1000 * np.array([cube.size_m for _, cube in hands])
    good = ["f32"]
    for name in networks:
        moved_mm = _distances(joints[name], joints["f32"]) * size_mm[:, None]
        if moved_mm.mean() <= MOST_MOVED_MM and typical_s[name] <= GAIN * typical_s["f32"]:
            good.append(name)
    return min(good, key=lambda name: typical_s[name])


def _distances(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    distances: NDArray[np.float64] = np.linalg.norm(a - b, axis=-1)
    return distances


def _hands() -> list[tuple[DepthFrame, Cube]]:
    """Rendered right hands, and cubes around them."""
    from models.rendering.movie import HandMovie  # takes long to load, and is needed once on each processor

    camera = Camera(width=320, height=240, fx=230.0, fy=230.0, ppx=159.5, ppy=119.5)
    movie = HandMovie(camera)
    hands = []
    for number in range(0, movie.cycle_frames, max(movie.cycle_frames // (2 * _FRAMES), 1)):
        shown = movie.render(number)
        if shown.pose is not None:
            frame = DepthFrame(shown.raw, movie.depth_units, camera, number, 0.0, 0.0)
            hands.append((frame, Cube(hand_reference_point(shown.pose.joints_cam_m), 0.25)))
    return hands[:_FRAMES]


def _kept_path() -> Path:
    return kept_folder() / "precision.json"

"""The program beside other ways to read the same frames: the paper's own steps, and MediaPipe's two networks."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from app.errors import ModelError
from app.tracking.base import FrameTracker
from models.core.camera import depth_to_points
from models.core.types import Cube, DepthFrame
from models.core.voxels import cube_to_cam, occupancy, voxel_to_cube
from models.peers.graphs import CROP, Graph, open_landmarks, open_palm
from models.peers.palm import SIDE
from models.peers.wheel import unpack_networks
from models.runtime import RuntimeModelError, VolumeNetwork, openvino_precisions

OURS = "this program"
VOXELS, NETWORK, ARG_MAX = "paper: full-frame voxels", "paper: network, volumes out", "paper: arg-max"
PAPER_STEPS = (VOXELS, NETWORK, ARG_MAX)
PAPER = "paper: all three"
PALM, LANDMARKS = "MediaPipe palm detector", "MediaPipe hand landmarker"
LANDMARKS_BF16 = "the landmarker in bfloat16"
ROWS = (OURS, *PAPER_STEPS, PAPER, PALM, LANDMARKS, LANDMARKS_BF16)
WARM_UP = 3
"""So many first times of each are not counted."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Contender:
    """What one way takes for a frame: percentiles of the time in ms, and the mean processor time over all cores.

    times_ours, cpu_times_ours: p50_ms and cpu_ms over those of this program.
    """

    n: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    cpu_ms: float
    times_ours: float
    cpu_times_ours: float


class PaperSteps:
    """Tracking as the paper's program does it: the whole frame in numpy, volumes out of the graph, their maximum."""

    def __init__(self, model: Path) -> None:
        """model: the pose network. Raises ModelError where it cannot be used through OpenVINO."""
        try:
            self._network = VolumeNetwork(model)
        except RuntimeModelError as error:
            raise ModelError(str(error)) from None

    def joints(self, frame: DepthFrame, cube: Cube, clock: Clock) -> NDArray[np.float64]:
        """Joints (J, 3) metres, camera frame, of a hand in a cube that is known."""
        volume = clock.time(VOXELS, self._voxels, frame, cube)
        volumes = clock.time(NETWORK, self._network.infer, volume)
        return clock.time(ARG_MAX, _highest, volumes, cube)

    def _voxels(self, frame: DepthFrame, cube: Cube) -> NDArray[np.uint8]:
        points_cam_m = depth_to_points(frame.depth_m(), frame.camera)
        return occupancy(points_cam_m, cube, self._network.card.input_resolution)


def _highest(volumes: NDArray[np.float32], cube: Cube) -> NDArray[np.float64]:
    """The centres (J, 3), metres, camera frame, of the highest voxels of volumes (J, R, R, R)."""
    highest = volumes.reshape(len(volumes), -1).argmax(axis=1)
    voxels = np.stack(np.unravel_index(highest, volumes.shape[1:]), axis=1) + 0.5
    return cube_to_cam(voxel_to_cube(voxels, volumes.shape[-1]), cube)


class MediaPipeNetworks:
    """MediaPipe's two networks in float32, and the landmarker in bfloat16 where the processor has it.

    An image of noise will do: what a network is shown does not change its time.
    """

    def __init__(self, wheel: Path) -> None:
        """Raises ModelError where the wheel or its networks cannot be used."""
        try:
            with tempfile.TemporaryDirectory() as folder:
                unpack_networks(wheel, Path(folder))
                self._networks = {PALM: open_palm(Path(folder)), LANDMARKS: open_landmarks(Path(folder))}
                if "bf16" in openvino_precisions():
                    self._networks[LANDMARKS_BF16] = open_landmarks(Path(folder), "bf16")
        except (ValueError, OSError) as error:
            raise ModelError(str(error)) from None
        rng = np.random.default_rng(1)
        sides = {PALM: SIDE, LANDMARKS: CROP, LANDMARKS_BF16: CROP}
        self._images = {name: rng.random((1, side, side, 3), dtype=np.float32) for name, side in sides.items()}

    def run(self, clock: Clock) -> None:
        network: Graph
        for name, network in self._networks.items():
            clock.time(name, network, self._images[name])


class Clock:
    """The time that each of several things takes, again and again."""

    def __init__(self) -> None:
        self._wall_ms: dict[str, list[float]] = {}
        self._cpu_ms: dict[str, list[float]] = {}

    def time(self, name: str, call: Callable[..., T], *arguments: Any) -> T:
        """What the call returns; its time is kept under the name."""
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        answer = call(*arguments)
        self._wall_ms.setdefault(name, []).append(1000 * (time.perf_counter() - wall_s))
        self._cpu_ms.setdefault(name, []).append(1000 * (time.process_time() - cpu_s))
        return answer

    def sum_up(self, name: str, parts: Sequence[str]) -> None:
        """Give the sum of parts that were timed equally often a name of its own."""
        for times in (self._wall_ms, self._cpu_ms):
            times[name] = [sum(each) for each in zip(*(times[part] for part in parts))]

    def contenders(self) -> dict[str, Contender]:
        """Each name's figures beside those of OURS; the first times are left out, for they warm up."""
        wall_ms, cpu_ms = ({n: t[WARM_UP:] for n, t in times.items()} for times in (self._wall_ms, self._cpu_ms))
        ours, ours_cpu = float(np.median(wall_ms[OURS])), float(np.mean(cpu_ms[OURS]))
        found = {}
        for name in (name for name in ROWS if name in wall_ms):
            times = wall_ms[name]
            p50, p95, p99 = (float(value) for value in np.percentile(times, (50, 95, 99)))
            cpu = float(np.mean(cpu_ms[name]))
            found[name] = Contender(len(times), p50, p95, p99, cpu, p50 / ours, cpu / ours_cpu)
        return found


def compare(
    frames: Sequence[DepthFrame], tracker: FrameTracker, model: Path, wheel: Path | None = None
) -> dict[str, Contender]:
    """All ways in turn on each frame, so that they share whatever else the machine does; the others where a hand is.

    model: the tracker's pose network. wheel: MediaPipe's, None to leave it out. Raises ModelError where a network
    cannot be used, and where too few frames show a hand.
    """
    paper = PaperSteps(model)
    peers = None if wheel is None else MediaPipeNetworks(wheel)
    clock = Clock()
    tracker.reset()
    hands = 0
    for frame in frames:
        result = clock.time(OURS, tracker.track, frame)
        if result.pose is None or result.pose.cube is None:
            continue
        hands += 1
        paper.joints(frame, result.pose.cube, clock)
        if peers is not None:
            peers.run(clock)
    if hands <= WARM_UP:
        raise ModelError(f"{hands} frames show a hand, too few to compare; choose another source")
    clock.sum_up(PAPER, PAPER_STEPS)
    return clock.contenders()


def table(contenders: Mapping[str, Contender]) -> list[str]:
    """The figures as lines for people."""
    lines = [f"{'compared, a frame':<28}{'n':>5}   p50 ms   p95 ms   p99 ms   CPU ms  x p50  x CPU"]
    for name, each in contenders.items():
        times = "".join(f"{value:>9.2f}" for value in (each.p50_ms, each.p95_ms, each.p99_ms, each.cpu_ms))
        lines.append(f"{name:<28}{each.n:>5}{times}{each.times_ours:>7.2f}{each.cpu_times_ours:>7.2f}")
    return lines

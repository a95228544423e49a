"""Asks the network for its likelihood volumes, in a thread of its own: nobody waits for them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from app.pipeline.slot import LatestSlot, SlotClosed
from app.viewer.shown import HandMesh, Insight
from models.core.types import DepthFrame, Pose

log = logging.getLogger(__name__)

BUSY_SHARE = 0.5
"""Of its time the thread spends at most this on the network: tracking runs beside it."""
JOIN_S = 2.0


@dataclass(frozen=True, slots=True, eq=False)  # arrays inside: compared by identity
class Sight:
    """What the 3D view shows of a frame: hands in the order of importance, each with its model or None."""

    frame: DepthFrame
    poses: tuple[Pose, ...]
    meshes: tuple[HandMesh | None, ...]


Look = Callable[[Sight], Insight | None]
"""What the network sees of the first hand of a sight."""


def looker(model: str) -> Look:
    """Looks with the network of a name or file. Raises ModelError or RuntimeModelError where that cannot be done."""
    # Late, because loading the inference library takes longer than opening the window.
    from app.tracking.build import model_path
    from app.tracking.explained import without
    from models.reading.volume import volume_of
    from models.runtime import VolumeNetwork

    network = VolumeNetwork(model_path(model))

    def look(sight: Sight) -> Insight | None:
        pose, frame = sight.poses[0], sight.frame
        if pose.cube is None:
            return None
        if len(sight.poses) > 1:  # each hand is read without the other's points
            frame = without(frame, [other.joints_cam_m for other in sight.poses[1:]], pose.joints_cam_m)
        volume = volume_of(frame, pose.cube, network.card.input_resolution)
        likelihoods = network.infer(volume.as_right(pose.hand))
        if pose.hand == "left":
            likelihoods = likelihoods[:, ::-1]
        return Insight(frame.frame_id, pose.cube, volume.occupancy, likelihoods)

    return look


class InsightThread:
    """The newest sight wins. Every method but `close` returns at once.

    make_look: loads the network and gives the function that looks into it; runs on the thread at its first sight.
    """

    def __init__(self, make_look: Callable[[], Look]) -> None:
        self._make_look = make_look
        self._slot: LatestSlot[Sight] = LatestSlot()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._newest: tuple[Sight, Insight] | None = None
        self._error = ""
        self._thread: threading.Thread | None = None

    def ask(self, sight: Sight) -> None:
        """Look at the first hand of this one next."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._main, name="insight", daemon=True)
            self._thread.start()
        self._slot.put(sight)

    @property
    def newest(self) -> tuple[Sight, Insight] | None:
        """The last sight that was looked into, and what was seen."""
        with self._lock:
            return self._newest

    @property
    def error(self) -> str:
        """Why there will be nothing to see; empty while there may be."""
        with self._lock:
            return self._error

    def forget(self) -> None:
        """What was seen is of another source."""
        with self._lock:
            self._newest = None

    def end(self) -> None:
        """Let the thread end once it has looked to its end; nobody waits for that."""
        self._slot.close()
        self._ended.set()

    def close(self) -> None:
        """End the thread. May be called twice."""
        self.end()
        if self._thread is not None:
            self._thread.join(JOIN_S)

    def _main(self) -> None:
        try:
            look = self._make_look()
            while (sight := self._slot.get()) is not None:
                began_s = time.monotonic()
                seen = look(sight)
                with self._lock:
                    self._newest = None if seen is None else (sight, seen)
                self._ended.wait((time.monotonic() - began_s) * (1 / BUSY_SHARE - 1))
        except SlotClosed:
            return
        except Exception as error:  # the top of a thread: a network that cannot be loaded, most of all
            log.warning("what the network sees cannot be shown: %s", error)
            with self._lock:
                self._error = str(error)

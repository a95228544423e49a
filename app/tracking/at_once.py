"""Two hands read at the same time: networks for each, and a thread for the second one.

Only the networks overlap. Python runs one thread at a time anyway, and two that take it from each other every few
microseconds are both late: the work of a hand keeps the turn until its network runs.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

from numpy.typing import NDArray

from app.beside import KeptThread, beside
from models.reading.networks import PoseNet, ReferenceNet
from models.runtime import PoseEstimate, ReferenceEstimate, RuntimeModelError

log = logging.getLogger(__name__)
T = TypeVar("T")

THREAD = "second hand"
# Kept from frame to frame, and to the process's end: a network that another thread asks each time prepares anew.
_SECOND_HAND = KeptThread(THREAD)


class Turn:
    """What the works of two hands take from each other: held by the one that runs Python, laid down for networks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_shared = False

    def laid_down(self, network: Callable[[], T]) -> T:
        """What the network answers; meanwhile the other hand's work goes on."""
        if not self._is_shared:
            return network()
        self._lock.release()
        try:
            return network()
        finally:
            self._lock.acquire()

    def held(self, work: Callable[[], T]) -> T:
        """What the work returns, in its own turns."""
        with self._lock:
            return work()

    @contextmanager
    def shared(self) -> Iterator[None]:
        """While two works are under way, each `held`."""
        self._is_shared = True
        try:
            yield
        finally:
            self._is_shared = False


class OwnPoseNet:
    """One hand's pose network: the one that both share, or its own while both hands are read at once."""

    def __init__(self, shared: PoseNet, turn: Turn) -> None:
        self.card = shared.card
        self._shared = self.now = shared
        self._turn = turn

    @property
    def device(self) -> str:
        return self._shared.device

    def infer(self, occupancy: NDArray[Any], expected: NDArray[Any] | None = None) -> PoseEstimate:
        return self._turn.laid_down(lambda: self.now.infer(occupancy, expected))


class OwnReferenceNet:
    """As `OwnPoseNet`."""

    def __init__(self, shared: ReferenceNet, turn: Turn) -> None:
        self.card = shared.card
        self.now = shared
        self._turn = turn

    def infer(self, crops: NDArray[Any]) -> ReferenceEstimate:
        return self._turn.laid_down(lambda: self.now.infer(crops))


class AtOnce:
    """Runs the work of two hands, at once as soon as there are networks for it, else one after the other.

    Those networks are made in the background when they are first wanted, so that one hand alone never pays for them.
    """

    def __init__(self, pose_net: PoseNet, reference_net: ReferenceNet) -> None:
        self.shared = pose_net, reference_net
        self._turn = Turn()
        self.own = [(OwnPoseNet(pose_net, self._turn), OwnReferenceNet(reference_net, self._turn)) for _ in range(2)]
        self._twins: Future[Any] | None = None

    def run(self, one: Callable[[], T], other: Callable[[], T]) -> tuple[T, T]:
        """What both return; raises what the first raises, else what the second does."""
        if self._twins is None:
            self._twins = beside("twins", self._made)
        if not self._twins.done() or (twins := self._twins.result()) is None:
            return one(), other()
        self._take(twins)
        try:
            with self._turn.shared():
                second = _SECOND_HAND.does(lambda: self._turn.held(other))
                try:
                    first = self._turn.held(one)
                finally:
                    second.exception()  # it ends, whatever becomes of the first
            return first, second.result()
        finally:
            self._take([self.shared] * 2)

    def _take(self, networks: Any) -> None:
        for (own_pose_net, own_reference_net), (pose_net, reference_net) in zip(self.own, networks):
            own_pose_net.now, own_reference_net.now = pose_net, reference_net

    def _made(self) -> list[tuple[PoseNet, ReferenceNet]] | None:
        """Networks for each hand; None where the device has none."""
        try:
            made = [twins() for network in self.shared if (twins := getattr(network, "twins", None)) is not None]
        except RuntimeModelError as error:
            log.info("two hands are read one after the other (%s)", error)
            return None
        return None if len(made) < 2 or None in made else list(zip(*made))

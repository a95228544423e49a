"""The model beside a track. Its kernels are compiled once on each machine, which takes half a minute, and then kept."""

from __future__ import annotations

import gc
import logging
import threading
import time
from typing import TYPE_CHECKING

import numpy as np

from app.tracking.fit.person import keep_shape, known_shape
from app.tracking.fit.result import FitVerdict, HandFit
from models.core.types import Camera, DepthFrame, Pose

if TYPE_CHECKING:
    from app.tracking.fit.hand_fitter import HandFitter

log = logging.getLogger(__name__)

LONG_S = 5.0
THREAD = "model of the hand"
"""Name of the thread that loads the kernels beside a tracker: nothing waits for it at the end."""
_loading = threading.Lock()
_loaded = threading.Event()
_beside: list[threading.Thread] = []
"""The one thread that loads the kernels beside a tracker, once there is one."""


def warm_up() -> None:
    """Load the compiled kernels, or compile them; returns when they are there. Any thread may call."""
    with _loading:
        if _loaded.is_set():
            return
        start_s = time.monotonic()
        from app.tracking.fit.hand_fitter import HandFitter

        fitter = HandFitter()
        for number in range(2):
            fitter.fit(*_practice(fitter, number))
        spent_s = time.monotonic() - start_s
        if spent_s > LONG_S:
            log.info("the model of the hand was compiled in %.0f s; the next start has it at once", spent_s)
        gc.freeze()  # what compiles stays: looking through it for garbage would hold up every thread for 60 ms
        _loaded.set()


def _practice(fitter: HandFitter, number: int) -> tuple[DepthFrame, Pose]:
    """The model's own hand at rest before a plain camera, the second time with noise."""
    from models.rendering.render import empty_depth, rasterize

    points = fitter.rest_points * [1.0, -1.0, -1.0] + [0.0, 0.08, 0.5]
    camera = Camera(width=160, height=160, fx=200.0, fy=200.0, ppx=79.5, ppy=79.5)
    depth_m = empty_depth(camera.height, camera.width)
    vertices = np.ascontiguousarray(points[:-21])
    rasterize(vertices, fitter.faces, camera.fx, camera.fy, camera.ppx, camera.ppy, depth_m)
    raw = np.where(np.isfinite(depth_m), 10000 * depth_m, 0).astype(np.uint16)
    raw[:, 1::2] += np.uint16(number * 100) * (raw[:, 1::2] > 0)
    pose = Pose(points[-21:], np.ones(21), 1.0, "right", joint_sd_mm=np.full(21, 4.0))
    return DepthFrame(raw, 0.0001, camera, number, 33.0 * number, 0.0), pose


def _warm_up_beside() -> None:
    """Two hands, and the trackers after them, wait for the same thread."""
    if not _beside or not _beside[0].is_alive():
        _beside[:] = [threading.Thread(target=warm_up, name=THREAD, daemon=True)]
        _beside[0].start()


class ModelOfHand:
    """Fits a model to the frames of one track. Used by one thread at a time.

    Where the kernels are not there yet they are loaded beside it, and until then there is no model. `warm_up` waits.
    With a person's name the shape of the hand is the one that was kept under it; where there is none yet, the first one
    that is learned is kept.
    """

    def __init__(self, person: str = "") -> None:
        self._fitter: HandFitter | None = None
        self._person, self._is_learning = person, bool(person)
        if not _loaded.is_set():
            _warm_up_beside()

    def reset(self) -> None:
        """Forget the hand: another one may come."""
        if self._fitter is not None:
            self._fitter.reset()

    def fit(self, frame: DepthFrame, pose: Pose) -> HandFit | None:
        """The model in one frame, by the pose that was read in it; None where that is no hand's, or too early."""
        if not _loaded.is_set():
            return None
        if self._fitter is None:
            from app.tracking.fit.hand_fitter import HandFitter

            known = known_shape(self._person)
            self._fitter, self._is_learning = HandFitter(known_shape=known), bool(self._person) and known is None
        fit = self._fitter.fit(frame, pose)
        shape = self._fitter.held_shape
        if self._is_learning and shape is not None and fit is not None and fit.verdict is FitVerdict.SHOWN:
            self._is_learning = False
            self._fitter.know(shape)
            keep_shape(self._person, shape)
            log.info("the shape of the hand is kept for %s", self._person)
        return fit

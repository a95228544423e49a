"""Notices what takes too long: a thread says what it is at, others ask since when."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum

log = logging.getLogger(__name__)

STALL_S = 1.5
"""Nothing that a thread does takes so long while all is well: what does is shown from then on."""
LOOK_EVERY_S = 0.25


class Stage(Enum):
    """What a thread is at. The value: what is missing meanwhile, in words, as the beginning of a sentence."""

    OPEN = "opening it takes long"
    READ = "no picture"
    CLOSE = "closing it takes long"
    TRACK = "tracking one picture takes long"
    RECORD = "writing the recording takes long"
    EXPORT = "writing the poses takes long"
    SHOW = "no new result"


_ADVICE = {
    Stage.OPEN: "if this goes on, unplug and replug the camera, or choose another source",
    Stage.READ: "is the camera plugged in, the disk or network there?",
    Stage.CLOSE: "if this goes on, unplug and replug the camera, or choose another source",
    Stage.TRACK: "another program may take the processor",
    Stage.RECORD: "is the disk full, slow or gone?",
    Stage.EXPORT: "is the disk full, slow or gone?",
    Stage.SHOW: "the program is too slow for this source",
}


@dataclass(frozen=True, slots=True)
class Stall:
    """A stage that lasts too long, and for how many seconds already."""

    stage: Stage
    seconds: float

    @property
    def short(self) -> str:
        """In a few words."""
        return f"{self.stage.value}: {self.seconds:.0f} s"

    @property
    def line(self) -> str:
        """With what to do."""
        return f"{self.short}; {_ADVICE[self.stage]}"


class StageWatch:
    """What one thread is at. That thread uses `at`; any may ask for `stall`. clock: monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._now: tuple[Stage, float] | None = None  # replaced as a whole: read without a lock

    @contextmanager
    def at(self, stage: Stage) -> Iterator[None]:
        """Within, the thread is at this stage."""
        self._now = stage, self._clock()
        try:
            yield
        finally:
            self._now = None

    def stall(self) -> Stall | None:
        """The present stage, where it lasts too long."""
        if (now := self._now) is None:
            return None
        stage, since_s = now
        lasts_s = self._clock() - since_s
        return Stall(stage, lasts_s) if lasts_s >= STALL_S else None


class StallLog:
    """Puts a line into the log once for each stall. label: which source it is about."""

    def __init__(self, watch: StageWatch) -> None:
        self._watch = watch
        self._said: Stage | None = None
        self.label = "the source"

    def look(self) -> None:
        """Say what there is to say; call it again and again."""
        stall = self._watch.stall()
        if stall is None:
            if self._said is not None:
                log.info("%s: goes on", self.label)
            self._said = None
        elif stall.stage is not self._said:
            self._said = stall.stage
            log.warning("%s: %s", self.label, stall.line)

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Within, a thread looks several times a second."""
        over = threading.Event()
        thread = threading.Thread(target=self._main, args=(over,), name="stall-log", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _main(self, over: threading.Event) -> None:
        while not over.wait(LOOK_EVERY_S):
            self.look()

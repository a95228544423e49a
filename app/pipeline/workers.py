"""The two threads of the live program: one reads frames, one tracks; the newest frame always wins."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from app.errors import AppError, SourceError, SourceLostError
from app.pipeline.meters import Meters
from app.pipeline.output import SwitchedOutput
from app.pipeline.playback import Playback
from app.pipeline.slot import LatestSlot, SlotClosed
from app.pipeline.state import Latest, OutputStatus, Phase, PipelineState, StateKeeper
from app.pipeline.stats import PipelineStats
from app.run.background import Background, join_all
from app.run.poses import open_pose_writer
from app.run.reopening import WINDOW_PATIENCE, Patience, Reopening
from app.run.watch import Stage, StageWatch, Stall
from app.run.writers import PoseWriterOpener, RecorderOpener, Writer, open_recorder
from app.sources.base import EndOfStream, Source, SourceInfo
from app.tracking.base import FrameTracker
from app.tracking.result import TrackResult
from models.core.types import DepthFrame

log = logging.getLogger(__name__)

READ_TIMEOUT_S = 5.0
FILE_TIMEOUT_S = 0.5
"""Of a read from a recording or folder, which returns then though it waits for the frame's time or is paused."""
OLD_S = 2.0
"""A live source's picture that is older is no longer what the camera sees."""
CLOSE_S = 3.0
FIRST_JOIN_S = 0.3
FILES_SHARE = 0.25
"""Of the time for closing: what the files have to themselves where everything else is stuck."""


class Pipeline:
    """Runs a source and a tracker in two threads until `close`. Every public method may be called from any thread.

    The source should be made with `realtime=True`. Failures never raise out of a thread: they become `state`.
    """

    def __init__(
        self,
        source: Source,
        tracker: FrameTracker,
        recorder: RecorderOpener = open_recorder,
        pose_writer: PoseWriterOpener = open_pose_writer,
        patience: Patience = WINDOW_PATIENCE,
        read_timeout_s: float = READ_TIMEOUT_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source, self._tracker = source, tracker
        self.playback = Playback(source)
        self._open_recorder, self._open_pose_writer = recorder, pose_writer
        self._reopening, self._read_timeout_s, self._clock = Reopening(patience, clock), read_timeout_s, clock
        self._reading, self._tracking = StageWatch(clock), StageWatch(clock)
        self._frames: LatestSlot[DepthFrame] = LatestSlot()
        self._recording: SwitchedOutput[DepthFrame] = SwitchedOutput("recording")
        self._export: SwitchedOutput[TrackResult] = SwitchedOutput("pose export")
        self._recorded_poses: SwitchedOutput[TrackResult] = SwitchedOutput("recording's poses")
        self._meters = Meters()
        self._keeper = StateKeeper()
        self._lock = threading.Lock()
        self._info: SourceInfo | None = None
        self._latest: Latest | None = None
        self._latest_s = 0.0
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._closers = Background()

    # -- what the window reads ------------------------------------------------------------------------------------

    @property
    def state(self) -> PipelineState:
        state = self._keeper.state
        if state.phase in (Phase.ENDED, Phase.FAILED) or self._stop.is_set():
            return state
        with self._lock:
            ended = [thread.name for thread in self._threads if thread.ident is not None and not thread.is_alive()]
        if ended and self._keeper.state == state:  # else it said so just now
            self._keeper.set(Phase.FAILED, f"the {ended[0]} thread has ended without a word; see the log")
        return self._keeper.state

    @property
    def stall(self) -> Stall | None:
        """What keeps the picture from going on, where that lasts too long already."""
        stall = self._reading.stall() or self._tracking.stall()
        if stall is None and self._keeper.state.phase is Phase.RUNNING and self.latest is not None:
            info, age_s = self.info, self._clock() - self._latest_s
            if info is not None and info.is_live and age_s >= OLD_S:
                return Stall(Stage.SHOW, age_s)
        return stall

    @property
    def info(self) -> SourceInfo | None:
        """The open source's description; None until it has been opened."""
        with self._lock:
            return self._info

    @property
    def latest(self) -> Latest | None:
        """The newest frame with its result, not consumed by reading; None before the first."""
        with self._lock:
            return self._latest

    @property
    def recording(self) -> OutputStatus:
        return self._recording.status

    @property
    def exporting(self) -> OutputStatus:
        return self._export.status

    def stats(self) -> PipelineStats:
        return self._meters.stats(self._frames.dropped, self._tracker.device)

    # -- what the window does -------------------------------------------------------------------------------------

    def start(self) -> None:
        """Open the source and begin, once; returns at once, `state` tells how it went."""
        with self._lock:
            if self._threads or self._stop.is_set():
                return
            loops = {"camera": self._camera_main, "tracking": self._tracking_main}
            self._threads = [threading.Thread(target=loop, name=name, daemon=True) for name, loop in loops.items()]
        for thread in self._threads:
            thread.start()

    def set_paused(self, paused: bool) -> None:
        """Hold or go on. A recording stands still; a camera keeps running and its frames are thrown away."""
        self._source.set_paused(paused)
        self._keeper.set_paused(paused)

    def start_recording(self, path: Path, poses: Path | None = None) -> None:
        """Record every frame from the next on; may be called before `start`. `recording` shows progress and errors.

        poses: the file that takes the poses meanwhile, if they are to be kept.
        """
        self._recording.start(path)
        if poses is not None:
            self._recorded_poses.start(poses)

    def stop_recording(self) -> OutputStatus:
        """Close the recording and its poses; returns once the files are complete."""
        self._recorded_poses.stop()
        return self._recording.stop()

    def start_export(self, path: Path) -> None:
        """Write every pose from the next on; `exporting` shows progress and errors."""
        self._export.start(path)

    def stop_export(self) -> OutputStatus:
        """Close the pose file; returns once it is complete."""
        return self._export.stop()

    def close(self, timeout_s: float = CLOSE_S) -> list[str]:
        """Stop both threads and close the source and every file; what is not done in time goes on in the background.

        Returns the names of the threads that did not end, within `timeout_s`, whatever is stuck: the source, its close,
        the tracker, a file. May be called twice and before `start`.
        """
        begin_s = time.monotonic()
        deadline_s, files_from_s = begin_s + timeout_s, begin_s + (1 - FILES_SHARE) * timeout_s
        self._stop.set()
        self._frames.close()
        self.playback.wake()
        with self._lock:
            threads = list(self._threads)
        # A thread that is between two frames ends by itself; one that is deep in a read is woken by closing the source.
        join_all(threads, begin_s + min(FIRST_JOIN_S, timeout_s / 3))
        closers = [self._closers.run("source-close", self._source.close)]
        join_all([*closers, *threads], files_from_s)
        for name, stop in (("recording-close", self.stop_recording), ("export-close", self.stop_export)):
            closers.append(self._closers.run(name, stop))
        join_all([*closers, *threads], deadline_s)
        self._keeper.set(Phase.ENDED, keep_failure=True)
        survivors = [thread.name for thread in (*threads, *closers) if thread.is_alive()]
        if survivors:
            log.error("still running after %.1f s: %s", timeout_s, ", ".join(survivors))
        return survivors

    # -- threads --------------------------------------------------------------------------------------------------

    def _camera_main(self) -> None:
        try:
            self._run_camera()
        except BaseException as error:  # the top of a worker: anything else would vanish with the thread
            log.exception("the camera thread failed")
            self._keeper.set(Phase.FAILED, f"reading frames failed: {error!r}; see the log")
        finally:
            self.stop_recording()  # no frame will come any more; before the source, whose close may be stuck
            self._source.close()

    def _run_camera(self) -> None:
        lost = False
        while not self._stop.is_set():
            try:
                info = self._open(reopening=lost)
                while info.is_seekable:
                    self._read_and_wait(info)
                self._read_frames(info)
            except EndOfStream:
                self._keeper.set(Phase.ENDED)
                return
            except SourceError as error:
                may_return = lost or isinstance(error, SourceLostError)
                wait_s = self._reopening.lost(error) if may_return and self.info and self.info.is_live else None
                if wait_s is None:
                    tries = self._reopening.tries
                    self._keeper.set(Phase.FAILED, self._reopening.given_up(error) if tries else str(error))
                    return
                if self._keeper.state.phase is not Phase.LOST:
                    log.warning("source lost: %s", error)
                self._keeper.set(Phase.LOST, self._reopening.line(error))
                lost = True
                with self._reading.at(Stage.CLOSE):
                    self._source.close()
                self._stop.wait(wait_s)

    def _open(self, reopening: bool) -> SourceInfo:
        with self._reading.at(Stage.OPEN):
            info = self._source.open()
        with self._lock:
            self._info = info
        log.info("%s: %s", "reopened" if reopening else "opened", info.label)
        if not reopening:
            self._keeper.set_running()
        return info

    def _read_and_wait(self, info: SourceInfo) -> None:
        """Read to the end of a recording and wait there until it is sought; EndOfStream once the pipeline closes."""
        try:
            self._read_frames(info)
        except EndOfStream:
            if not self._stop.is_set():
                self._recording.stop()
                self._keeper.set(Phase.ENDED)
                self.playback.wait_at_end()
        if self._stop.is_set():
            raise EndOfStream
        self._keeper.set_running()

    def _read_frames(self, info: SourceInfo) -> None:
        def opener(path: Path) -> Writer[DepthFrame]:
            return self._open_recorder(path, info)

        while not self._stop.is_set():
            with self._reading.at(Stage.READ):
                frame = self._source.read(self._read_timeout_s if info.is_live else FILE_TIMEOUT_S)
            if frame is None:
                continue
            self.playback.frame_came()
            self._meters.camera.tick()
            self._reopening.delivered()
            if self._keeper.state.phase in (Phase.LOST, Phase.OPENING):
                # Only a frame proves that a camera which opened again delivers again.
                self._keeper.set_running()
            with self._reading.at(Stage.RECORD):
                self._recording.write(frame, opener)
            if not (self._keeper.is_paused and info.is_live):
                self._frames.put(frame)
            if self.playback.takes_every_frame:
                self._frames.wait_until_taken()

    def _tracking_main(self) -> None:
        try:
            while True:
                frame = self._frames.get()
                assert frame is not None
                self._track(frame)
        except SlotClosed:
            return
        except AppError as error:
            self._fail_tracking(str(error))
        except BaseException as error:  # the top of a worker: anything else would vanish with the thread
            log.exception("the tracking thread failed")
            self._fail_tracking(f"tracking failed: {error!r}; see the log")

    def _track(self, frame: DepthFrame) -> None:
        started_s = time.monotonic()
        with self._tracking.at(Stage.TRACK):
            result = self._tracker.track(frame)
        drawn = self._meters.tracked(frame, result, started_s, result_s := time.monotonic())
        with self._tracking.at(Stage.EXPORT):
            for output in (self._export, self._recorded_poses):
                output.write(result, self._open_pose_writer)
        with self._lock:
            sequence = self._latest.sequence + 1 if self._latest else 1
            self._latest, self._latest_s = Latest(sequence, frame, result, result_s, drawn), self._clock()

    def _fail_tracking(self, message: str) -> None:
        self._keeper.set(Phase.FAILED, message)
        self._stop.set()
        self.playback.wake()

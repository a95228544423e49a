"""The two threads of the live program: one reads frames, one tracks; the newest frame always wins."""

from __future__ import annotations

import logging
import threading
import time
from functools import partial
from pathlib import Path

from app.errors import AppError, SourceError, SourceLostError
from app.pipeline.latency import StageLatency
from app.pipeline.output import SwitchedOutput
from app.pipeline.playback import Playback
from app.pipeline.slot import LatestSlot, SlotClosed
from app.pipeline.state import Latest, OutputStatus, Phase, PipelineState
from app.pipeline.stats import LatencyMeter, PipelineStats, RateMeter
from app.run.background import Background, join_all
from app.run.poses import open_pose_writer
from app.run.writers import PoseWriterOpener, RecorderOpener, Writer, open_recorder
from app.sources.base import EndOfStream, Source, SourceInfo
from app.tracking.base import FrameTracker
from app.tracking.result import TrackResult
from models.core.types import DepthFrame

log = logging.getLogger(__name__)

READ_TIMEOUT_S = 5.0
REOPEN_INTERVAL_S = 1.0
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
        reopen_interval_s: float = REOPEN_INTERVAL_S,
        read_timeout_s: float = READ_TIMEOUT_S,
    ) -> None:
        self._source, self._tracker = source, tracker
        self.playback = Playback(source)
        self._open_recorder, self._open_pose_writer = recorder, pose_writer
        self._reopen_interval_s, self._read_timeout_s = reopen_interval_s, read_timeout_s
        self._frames: LatestSlot[DepthFrame] = LatestSlot()
        self._recording: SwitchedOutput[DepthFrame] = SwitchedOutput("recording")
        self._export: SwitchedOutput[TrackResult] = SwitchedOutput("pose export")
        self._recorded_poses: SwitchedOutput[TrackResult] = SwitchedOutput("recording's poses")
        self._camera_rate, self._pose_rate, self._latency = RateMeter(), RateMeter(), LatencyMeter()
        self._stages = StageLatency()
        self._lock = threading.Lock()
        self._state = PipelineState(Phase.OPENING)
        self._info: SourceInfo | None = None
        self._latest: Latest | None = None
        self._paused = False
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._closers = Background()

    # -- what the window reads ------------------------------------------------------------------------------------

    @property
    def state(self) -> PipelineState:
        with self._lock:
            return self._state

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
        p50, p95 = self._latency.percentiles()
        return PipelineStats(
            camera_fps=self._camera_rate.rate(),
            pose_fps=self._pose_rate.rate(),
            latency_p50_ms=p50,
            latency_p95_ms=p95,
            dropped=self._frames.dropped,
            device=self._tracker.device,
            stages=self._stages.percentiles(),
        )

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
        with self._lock:
            self._paused = paused
            if self._state.phase in (Phase.RUNNING, Phase.PAUSED):
                self._state = PipelineState(Phase.PAUSED if paused else Phase.RUNNING)

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
        self._set_state(Phase.ENDED, keep_failure=True)
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
            self._set_state(Phase.FAILED, f"reading frames failed: {error!r}; see the log")
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
                self._set_state(Phase.ENDED)
                return
            except SourceError as error:
                may_return = lost or isinstance(error, SourceLostError)
                if not (may_return and self.info is not None and self.info.is_live):
                    self._set_state(Phase.FAILED, str(error))
                    return
                if not lost:
                    log.warning("source lost: %s", error)
                self._set_state(Phase.LOST, str(error))
                lost = True
                self._source.close()
                self._stop.wait(self._reopen_interval_s)

    def _open(self, reopening: bool) -> SourceInfo:
        info = self._source.open()
        with self._lock:
            self._info = info
        log.info("%s: %s", "reopened" if reopening else "opened", info.label)
        if not reopening:
            self._mark_running()
        return info

    def _read_and_wait(self, info: SourceInfo) -> None:
        """Read to the end of a recording and wait there until it is sought; EndOfStream once the pipeline closes."""
        try:
            self._read_frames(info)
        except EndOfStream:
            if not self._stop.is_set():
                self._recording.stop()
                self._set_state(Phase.ENDED)
                self.playback.wait_at_end()
        if self._stop.is_set():
            raise EndOfStream
        self._mark_running()

    def _read_frames(self, info: SourceInfo) -> None:
        def opener(path: Path) -> Writer[DepthFrame]:
            return self._open_recorder(path, info)

        while not self._stop.is_set():
            frame = self._source.read(self._read_timeout_s)
            if frame is None:
                continue
            self.playback.frame_came()
            self._camera_rate.tick()
            if self.state.phase in (Phase.LOST, Phase.OPENING):
                # Only a frame proves that a camera which opened again delivers again.
                self._mark_running()
            self._recording.write(frame, opener)
            with self._lock:
                discard = self._paused and info.is_live
            if not discard:
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
        result = self._tracker.track(frame)
        self._pose_rate.tick()
        self._stages.tracked(frame, result, started_s)
        result_s = time.monotonic()
        self._latency.add(1000 * (result_s - frame.arrival_s))
        for output in (self._export, self._recorded_poses):
            output.write(result, self._open_pose_writer)
        with self._lock:
            sequence = self._latest.sequence + 1 if self._latest else 1
            self._latest = Latest(sequence, frame, result, result_s, partial(self._stages.drawn, result_s))

    # -- helpers --------------------------------------------------------------------------------------------------

    def _fail_tracking(self, message: str) -> None:
        self._set_state(Phase.FAILED, message)
        self._stop.set()
        self.playback.wake()

    def _mark_running(self) -> None:
        with self._lock:
            self._state = PipelineState(Phase.PAUSED if self._paused else Phase.RUNNING)

    def _set_state(self, phase: Phase, message: str = "", keep_failure: bool = False) -> None:
        with self._lock:
            # The first failure is the cause; what follows from it must not hide it.
            if self._state.phase is Phase.FAILED and (keep_failure or phase is not Phase.FAILED):
                return
            self._state = PipelineState(phase, message)

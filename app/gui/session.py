"""What the window shows and steers, without any Qt: one source and one tracker at a time, changed in the background."""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from app.errors import AppError
from app.gui.camera_search import CameraSearch
from app.gui.session_camera import SessionCamera
from app.gui.session_look import look_at
from app.gui.session_outputs import SessionOutputs, first_failure
from app.gui.session_tracker import rebuilt
from app.gui.session_types import AnyPipeline, Services, SessionView
from app.gui.source_trial import SourceTrial, may_be_tried
from app.pipeline import OutputStatus, Phase, PipelineState, Playback
from app.run.memory import give_back_memory
from app.settings import HandChoice, Options
from app.sources.base import Source
from app.tracking.played import RememberingTracker

log = logging.getLogger(__name__)

CLOSE_TIMEOUT_S = 3.0
PIPELINE_CLOSE_S = 2.5


class Session:
    """Owns the running pipeline. Every method returns at once except `close`; call them from one thread.

    Another source is tried first, and where it cannot be played the old one plays on. Then the old one is closed and
    the next one opened, in this order, because both pipelines use the same tracker; all of it on the session's thread.
    Where several changes were asked for meanwhile, only the last one is carried out.
    """

    def __init__(self, options: Options, services: Services) -> None:
        self._services = services
        self._options, self._asked_fit = options, options.fit
        self._loop = options.loop is not False
        self._condition = threading.Condition()
        self._wanted: str | None = None
        self._playing: str | None = None
        self._trial = SourceTrial()
        self._refused: AppError | None = None
        self._ended_recording = self._ended_export = OutputStatus()
        self._open_asked = False
        self._tracker_asked = True
        self._stopping = False
        self._paused = False
        self._generation = 0
        self._opening = PipelineState(Phase.OPENING, "loading the networks")
        self._pipeline: AnyPipeline | None = None
        self._source: Source | None = None
        self._tracker: RememberingTracker | None = None
        self.outputs = SessionOutputs(services, lambda: self._options, lambda: self._pipeline)
        self._fatal: AppError | None = None
        self._cameras = CameraSearch(services.list_cameras)
        self.camera = SessionCamera(options.filters, self.reopen)
        self._built = options
        self._thread = threading.Thread(target=self._main, name="session", daemon=True)

    def start(self) -> None:
        """Load the networks and open the command line's source."""
        self._wanted, self._open_asked = self._options.source, True
        self._thread.start()

    def open(self, source: str | None) -> None:
        """Go over to another source; `None` as on the command line."""
        with self._condition:
            self._wanted, self._open_asked, self._refused = source, True, None
            self._condition.notify_all()

    def reopen(self) -> None:
        """Start the current source again: after a failure, or at the end of a recording."""
        view, playback = self.view(), self.playback
        if playback is not None and view.state.phase is Phase.ENDED and view.info is not None and view.info.is_seekable:
            self.set_paused(False)
            playback.seek(0)
        else:
            self.open(self._wanted)

    def set_hand(self, hand: HandChoice) -> None:
        """Take every hand for this side."""
        self._set_options(replace(self._options, hand=hand))

    def set_both_hands(self, both: bool) -> None:
        """Follow two hands at once, or one."""
        self._set_options(replace(self._options, hands=2 if both else 1))

    def set_smoothing(self, smoothing: bool) -> None:
        """Filter the joints over time or not."""
        self._set_options(replace(self._options, smoothing=smoothing))

    def change(self, **changes: Any) -> None:
        """Other `near_m`, `far_m`, `model`. Where a network cannot be loaded, the present one stays. ValueError."""
        self._set_options(replace(self._options, **changes))

    def set_fit(self, fit: bool) -> None:
        """Fit a model to the hands, as the command line may have asked for anyway, or not."""
        self._set_options(replace(self._options, fit=fit or self._asked_fit))

    def set_loop(self, loop: bool) -> None:
        """Start recordings and folders over at their end."""
        with self._condition:
            self._loop = loop
            source = self._source
        if source is not None:
            source.set_loop(loop)
        if loop and self.view().state.phase is Phase.ENDED:
            self.reopen()

    @property
    def playback(self) -> Playback | None:
        """Steers what plays; None while nothing is open. For one use: another source has another one."""
        with self._condition:
            return None if self._pipeline is None else self._pipeline.playback

    @property
    def loop(self) -> bool:
        return self._loop

    @property
    def options(self) -> Options:
        """The present ones: those of the command line, with what was changed since."""
        return self._options

    @property
    def model(self) -> str:
        """The network that reads hands now, by its word or file: not one that is still being loaded."""
        return self._built.model

    def set_paused(self, paused: bool) -> None:
        with self._condition:
            self._paused = paused
            pipeline = self._pipeline
        if pipeline is not None:
            pipeline.set_paused(paused)

    def look_for_cameras(self) -> None:
        """List the cameras that can be opened now; the view's `cameras` are unknown until that is done."""
        self._cameras.start()

    def close(self, timeout_s: float = CLOSE_TIMEOUT_S) -> None:
        """Stop everything, within about `timeout_s`. May be called twice."""
        with self._condition:
            self._stopping = True
            self._condition.notify_all()
        self._trial.end()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
            if self._thread.is_alive():
                # Where nothing was opened yet, the networks are still being loaded, and nothing can be lost.
                level = logging.ERROR if self._generation else logging.INFO
                log.log(level, "the source did not close within %.1f s", timeout_s)

    @property
    def newest(self) -> object:
        """The newest result, to see at next to no cost whether there is another one."""
        return None if (pipeline := self._pipeline) is None else pipeline.latest

    def view(self) -> SessionView:
        with self._condition:
            pipeline, generation, opening, fatal = self._pipeline, self._generation, self._opening, self._fatal
            wanted, ended, exported = self._wanted, self._ended_recording, self._ended_export
            refused = self._refused
        cameras = self._cameras.found
        last = SessionView(
            generation, opening, wanted, cameras=cameras, recording=ended, exporting=exported, fatal=fatal
        )
        if pipeline is None:
            return last
        last = replace(last, trying=self._trial.name, refused=refused)
        return look_at(pipeline, last, self.camera, self._tracker, self._first_failure(pipeline))

    def _first_failure(self, pipeline: AnyPipeline) -> AppError | None:
        return first_failure(pipeline, self._options, self._generation == 1 and self._options.source is not None)

    def _keep_failure(self, closed: AnyPipeline) -> None:
        """What an output of the command line turns out to lack once it is closed ends the program with an error."""
        failure = self._first_failure(closed)
        with self._condition:
            self._fatal = self._fatal or failure

    # -- its threads ----------------------------------------------------------------------------------------------

    def _set_options(self, options: Options) -> None:
        with self._condition:
            self._tracker_asked = self._tracker_asked or options != self._options
            self._options = options
            self._condition.notify_all()

    def _main(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._stopping or self._open_asked or self._tracker_asked)
                stopping, source, reopen = self._stopping, self._wanted, self._open_asked
                retrack, options = self._tracker_asked, self._options
                self._open_asked = self._tracker_asked = False
            if stopping:
                if (old := self._close_pipeline()) is not None:
                    self._keep_failure(old)
                return
            self._change(source, reopen, options if retrack else None)

    def _close_pipeline(self) -> AnyPipeline | None:
        """Close what plays, if anything does, and keep what became of its recording."""
        with self._condition:
            old, self._pipeline, self._source = self._pipeline, None, None
            self._opening = PipelineState(Phase.OPENING, "opening")
            self._paused = self._paused and old is None
            if old is not None:
                self._ended_recording, self._ended_export = old.recording, old.exporting
        if old is not None:
            if "tracking" in old.close(PIPELINE_CLOSE_S):
                self._tracker = None  # it is stuck in there: what comes next has one of its own
            give_back_memory()
            self._ended_recording, self._ended_export = old.recording, old.exporting
        return old

    def _change(self, source: str | None, reopen: bool, options: Options | None) -> None:
        try:
            if options is not None or self._tracker is None:
                self._build_tracker(options or self._options)
            if reopen:
                self._open(source, self._try(source))
        except AppError as error:
            self._fail(error)
        except Exception as error:  # the top of a worker: anything else would vanish with the thread
            log.exception("opening failed")
            self._fail(AppError(f"opening failed: {error!r}; see the log"))

    def _try(self, source: str | None) -> Source | None:
        """The source where it plays beside the old one, which goes on meanwhile; None where it is not tried.

        To open it again costs little: what it has loaded is there. Raises AppError where it cannot be played.
        """
        with self._condition:
            old, playing = self._pipeline, self._playing
            if old is None or not may_be_tried(source, playing, old):
                return None
        made = self._services.make_source(source, False, self._options.speed)
        self._trial.run(source or "", made)
        return made

    def _build_tracker(self, options: Options) -> RememberingTracker:
        try:
            self._tracker = rebuilt(self._services, options, self._built, self._tracker)
        except AppError:
            with self._condition:
                self._options = self._built
            raise
        self._built = options
        return self._tracker

    def _open(self, source: str | None, tried: Source | None) -> None:
        """Play a source, the one that was tried where there is one."""
        with ExitStack() as undone:
            if tried is not None:
                undone.callback(tried.close)
            if self._stopping:
                return
            self._close_pipeline()
            tracker = self._tracker or self._build_tracker(self._options)
            tracker.reset()
            made = tried or self._services.make_source(source, self._loop, self._options.speed)
            self.camera.prepare(source, made)
            pipeline = self._services.make_pipeline(made, tracker)
            undone.pop_all()
        with self._condition:
            first = self._generation == 0
            self._generation += 1
            self._pipeline, self._source, self._playing, paused = pipeline, made, source, self._paused
            made.set_loop(self._loop)
        if first and self._options.record is not None:
            pipeline.start_recording(self._options.record)
        if first and self._options.export is not None:
            pipeline.start_export(self._options.export)
        if paused:
            pipeline.set_paused(True)
        pipeline.start()

    def _fail(self, error: AppError) -> None:
        """Go on with what plays; where nothing does, the error is the state."""
        with self._condition:
            if self._pipeline is not None and self._pipeline.state.phase is not Phase.FAILED:
                self._refused = error
                if not self._open_asked:
                    self._wanted = self._playing
                log.info("%s", error)
                return
        self._close_pipeline()
        with self._condition:
            first = self._generation == 0
            self._generation += 1
            self._opening = PipelineState(Phase.FAILED, str(error))
            if first and (self._tracker is None or self._options.source is not None):
                self._fatal = error
            fatal = self._fatal is not None
        # A fatal error is the program's last line on the terminal anyway.
        log.log(logging.INFO if fatal else logging.WARNING, "%s", error)

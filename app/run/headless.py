"""A run without a window: every frame of the source exactly once, in order, with files and a summary as the result."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from tqdm import tqdm

from app.errors import AppError, ExportError
from app.run.angles_report import AnglesReport
from app.run.background import close_in_time
from app.run.frame_reader import FrameReader
from app.run.interrupts import interrupts_held
from app.run.outputs import check_outputs
from app.run.poses import open_pose_writer
from app.run.preview import PreviewWriter
from app.run.summary import RunSummary, RunTally
from app.run.watch import Stage, StageWatch, StallLog
from app.run.writers import RecorderOpener, open_recorder
from app.settings import Options
from app.sources.base import EndOfStream, Source, SourceInfo
from app.tracking.base import FrameTracker
from app.tracking.result import TrackResult
from models.core.types import DepthFrame
from models.outputs import OutputError, write_whole

FrameSink = Callable[[DepthFrame, TrackResult, str], None]


@dataclass(frozen=True, slots=True)
class HeadlessOutcome:
    """What came of a run. interrupted: the user pressed Ctrl-C. error: it broke on the way, after some frames."""

    summary: RunSummary
    interrupted: bool = False
    error: AppError | None = None


def run_headless(
    options: Options,
    source: Source,
    tracker: FrameTracker,
    model: str,
    recorder: RecorderOpener = open_recorder,
    also: Sequence[FrameSink] = (),
    shows_progress: bool = True,
) -> HeadlessOutcome:
    """Track the whole source (made with `realtime=False`), write what `options` asks for, and sum up.

    also: are given every frame with its result, too. shows_progress: with a bar, where stderr is a terminal. The run
    ends early where another thread closes the source. The log says once what stalls, and what is lost and back.

    What was written stays readable however the run ends. Raises AppError where something cannot be opened or the
    first frame already fails; a later failure is part of the outcome.
    """
    check_outputs(options)
    with ExitStack() as files:
        watch = StageWatch()
        stalls = StallLog(watch)
        files.enter_context(stalls.looking())
        files.callback(close_in_time, source.close, "source-close")
        reader = FrameReader(source, watch)
        info = reader.open()  # which reads the truth, before anything is written
        stalls.label = info.label
        sinks: list[FrameSink] = []
        if options.export is not None:
            poses = files.enter_context(closing(open_pose_writer(options.export, options.csv_columns())))
            sinks.append(_of_result(poses.write))
        if options.angles is not None:
            report = files.enter_context(closing(AnglesReport(options.angles, info.label)))
            sinks.append(_of_result(report.write))
        if options.record is not None:
            writer = files.enter_context(closing(recorder(options.record, info)))
            sinks.append(_to_recording(writer.write))
        if options.preview is not None:
            pictures = PreviewWriter(options.preview, options.near_m, options.far_m, _expected(info, options))
            sinks.append(files.enter_context(closing(pictures)).write)
        sinks.extend(also)
        if shows_progress and sys.stderr.isatty():  # a log file wants the summary, not hundreds of lines of progress
            sinks.append(_to_bar(files.enter_context(_progress_bar(_smallest(info.frame_count, options.frames)))))
        tally = RunTally(info.ground_truth, info.notes, options.tracker_settings().hands)
        start_s = time.monotonic()
        interrupted, failure = False, None
        try:
            _run(reader, watch, tracker, tally, sinks, options.frames)
        except KeyboardInterrupt:
            interrupted = True
        except AppError as error:
            if not tally.frames:
                raise
            failure = error
        seconds = time.monotonic() - start_s
    summary = tally.summary(info.label, model, tracker.device, seconds)
    if options.json is not None:
        write_json(options.json, summary.as_json())
    return HeadlessOutcome(summary, interrupted, failure)


def write_json(path: Path, figures: dict[str, object]) -> None:
    """Write a summary's figures; raises ExportError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, (json.dumps(figures, indent=2) + "\n").encode())
    except OutputError as error:
        raise ExportError(str(error)) from None
    except OSError as error:
        reason = error.strerror or error
        raise ExportError(f"the summary cannot be written to {path}: {reason}; choose another --json") from None


def _run(
    reader: FrameReader,
    watch: StageWatch,
    tracker: FrameTracker,
    tally: RunTally,
    sinks: list[FrameSink],
    limit: int | None,
) -> None:
    """Read, track and hand on until the end or for `limit` frames."""
    while limit is None or tally.frames < limit:
        try:
            frame = reader.next()
        except EndOfStream:
            return
        if frame is None:
            continue
        with watch.at(Stage.TRACK):
            result = tracker.track(frame)
        with watch.at(Stage.RECORD), interrupts_held():
            error_mm = tally.add(result, frame.is_damaged)
            note = f"error {error_mm:.1f} mm" if error_mm is not None else ""
            for sink in sinks:
                sink(frame, result, note)


def _progress_bar(total: int | None) -> tqdm[NoReturn]:
    return tqdm(total=total, unit="frame", leave=False)


def _to_bar(bar: tqdm[NoReturn]) -> FrameSink:
    return lambda _frame, _result, _note: bar.update()


def _of_result(write: Callable[[TrackResult], None]) -> FrameSink:
    return lambda _frame, result, _note: write(result)


def _to_recording(write: Callable[[DepthFrame], None]) -> FrameSink:
    return lambda frame, _result, _note: write(frame)


def _smallest(*counts: int | None) -> int | None:
    return min((count for count in counts if count is not None), default=None)


def _expected(info: SourceInfo, options: Options) -> int | None:
    return _smallest(None if options.loop else info.frame_count, options.frames)

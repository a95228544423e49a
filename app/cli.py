"""The command line: chooses window, headless run or benchmark by the options, and reports failures in one line."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from app.arguments import parse
from app.beside import leave
from app.errors import AppError
from app.loading import INTERRUPTED, end_at_ctrl_c
from app.run.log_file import logging_to_file
from app.settings import BUNDLED_RECORDING, Options
from models.command import run_command
from models.core.text import one_line, printable

if TYPE_CHECKING:
    from app.run.headless import HeadlessOutcome
    from app.sources.base import Source
    from app.tracking.build import AnyTracker

log = logging.getLogger(__name__)

DONE, FAILED, USAGE = 0, 1, 2
OUTPUTS = Path("outputs")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program with these arguments (the process's own if None); the exit status as in the help."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        options = parse(argv)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else USAGE
    before = end_at_ctrl_c()
    try:
        with logging_to_file():
            return _logged(options)
    finally:
        signal.signal(signal.SIGINT, before)


def program() -> NoReturn:
    """The command that `pip install .` gives: run, and end."""
    leave(main())


def _logged(options: Options) -> int:
    """Run, and say what fails in one line, on the terminal and in the log."""
    log.info("started with %s", " ".join(sys.argv[1:]) or "no arguments")
    try:
        return run_command(Path(sys.argv[0]).name, lambda: _dispatch(options))
    except AppError as error:
        log.info("ends: %s", error)
        if options.dialogs and has_display():
            from app.gui.error_dialog import show_error

            show_error(one_line(error))
        return _fail(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception:
        log.info("ends with an error that nobody expected", exc_info=True)
        raise


def has_display() -> bool:
    """Is there anything to open a window on? Only a guess: on Linux, whether the environment names a display."""
    if not sys.platform.startswith("linux"):
        return True
    named = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return named or os.environ.get("QT_QPA_PLATFORM", "") in ("offscreen", "minimal", "vnc")


def _dispatch(options: Options) -> int:
    if options.install_desktop or options.uninstall_desktop:
        return _desktop(options.install_desktop)
    if options.check is not None:
        return _check(options.check)
    if options.report is not None:
        return _report(options)
    if options.export is not None:
        from app.run.poses import check_pose_path

        check_pose_path(options.export)
    if options.benchmark:
        return _benchmark(options)
    if options.headless:
        return _headless(options)
    if not has_display():
        return _without_display(options)
    from app.gui.start import run_window
    from app.run.outputs import check_outputs

    check_outputs(options)
    return INTERRUPTED if run_window(options) else DONE


def _desktop(installs: bool) -> int:
    from app import desktop

    lines = desktop.install() if installs else desktop.uninstall()
    print("\n".join(map(printable, lines)) or "There was nothing to remove.")
    return DONE


def _check(path: Path) -> int:
    from app.run.check import check_file

    result = check_file(path)
    for line in (f"file     {path}", *result.lines):
        print(printable(line))
    if result.problem:
        return _fail(AppError(result.verdict))
    print(printable(result.verdict))
    return DONE


def _report(options: Options) -> int:
    from app.run.report import write_report

    assert options.report is not None
    write_report(options.report, options, options.overwrite)
    print(printable(f"{options.report}: look at it before you send it"))
    return DONE


def _without_display(options: Options) -> int:
    """No window can open: do something useful, and say what."""
    options = replace(
        options,
        source=options.source or str(BUNDLED_RECORDING),
        export=options.export or OUTPUTS / "poses.csv",
        preview=options.preview or OUTPUTS / "preview",
    )
    print("There is no display to open a window on: running headless (the same as --headless).")
    return _headless(options)


def _headless(options: Options) -> int:
    from app.run.ahead import OpenedAhead
    from app.run.background import close_in_time
    from app.sources import make_source

    made = make_source(options.source, realtime=False, loop=bool(options.loop), speed=options.speed)
    made.set_filters(options.filters)
    source = OpenedAhead(made)
    try:
        outcome = _run_headless(options, source)
    except BaseException:
        close_in_time(source.close, "source-close")
        raise
    for line in outcome.summary.lines():
        print(printable(line))
    written = {"poses": options.export, "pictures": options.preview, "recording": options.record, "JSON": options.json}
    written["joint angles"] = options.angles
    for what, path in written.items():
        if path is not None:
            print(f"written  {what}: {one_line(path.resolve())}")
    if outcome.error is not None:
        return _fail(outcome.error)
    return INTERRUPTED if outcome.interrupted else DONE


def _run_headless(options: Options, source: Source) -> HeadlessOutcome:
    from app.run.headless import run_headless

    tracker = _build_tracker(options)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Being told to end is no reason to lose what is held in memory: the same clean end as after Ctrl-C.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return run_headless(options, source, tracker, tracker.model)
    finally:
        signal.signal(signal.SIGTERM, before)


def _build_tracker(options: Options) -> AnyTracker:
    from app.tracking.build import build_tracker

    return build_tracker(options.tracker_settings(), options.model, options.device, precision=options.precision)


def _benchmark(options: Options) -> int:
    from app.run.benchmark import Rivals, run_benchmark
    from app.run.headless import write_json
    from app.run.outputs import check_outputs
    from app.sources import make_source
    from app.tracking.build import model_path

    check_outputs(
        replace(options, record=None, export=None, columns=None, preview=None, angles=None)
    )  # it writes none of these
    source = make_source(options.source or str(BUNDLED_RECORDING), realtime=False, loop=False, speed=1.0)
    source.set_filters(options.filters)
    tracker = _build_tracker(options)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    rivals = Rivals(model_path(options.model), options.mediapipe) if options.compare else None
    summary = run_benchmark(source, tracker, tracker.model, options.frames, rivals)
    for line in summary.lines():
        print(printable(line))
    if options.json is not None:
        write_json(options.json, summary.as_json())
    return DONE


def _fail(error: Exception) -> int:
    print(f"{Path(sys.argv[0]).name}: {one_line(error)}", file=sys.stderr)
    return FAILED

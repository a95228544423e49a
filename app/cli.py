"""The command line: reads the options, chooses window, headless run or benchmark, and reports failures in one line."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from app.errors import AppError
from app.run.log_file import logging_to_file
from app.settings import BUNDLED_RECORDING, FAR_M, HAND_CHOICES, HAND_COUNTS, NEAR_M, Options, parse_filters
from models.command import run_command
from models.core.devices import DEVICES, PRECISIONS
from models.core.text import one_line, printable

log = logging.getLogger(__name__)

DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130
OUTPUTS = Path("outputs")

DESCRIPTION = "Tracks a hand in 3D, live, from a depth camera, with V2V-PoseNet."
SOURCE_HELP = (
    "where depth comes from: camera, camera:SERIAL, simulate (a simulated camera; simulate:2 with two hands, "
    "simulate:motion=fist,distance=0.6 and other words in docs/window.md), a "
    "recording of RealSense's or ROS's (FILE.bag, FILE.db3, FILE.mcap or its FOLDER; FILE#TOPIC of several depth "
    "topics), or a folder of depth images with a camera.json (FOLDER or 'FOLDER/PATTERN*.png'); left out: the first "
    "camera found, else the bundled recording"
)
EPILOG = """\
exit status: 0 done; 1 failed, one line on stderr says what and what to do; 2 wrong usage; 130 stopped with Ctrl-C
(whatever was written until then is complete).

Without a display the program runs headless: on SOURCE, or on the bundled recording where none is named. Poses and
preview pictures then go under outputs/ unless --export or --preview say otherwise.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program with these arguments (the process's own if None); the exit status as in the help."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        options = parse(argv)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else USAGE
    # While libraries load there is nothing to lose, and some answer an exception with pages of text.
    before = signal.signal(signal.SIGINT, lambda _number, _frame: os._exit(INTERRUPTED))
    try:
        with logging_to_file():
            return _logged(options)
    finally:
        signal.signal(signal.SIGINT, before)


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


def parse(argv: Sequence[str] | None = None) -> Options:
    """Options from arguments. Raises SystemExit with status 2, after a line on stderr, where they are wrong."""
    parser = build_parser()
    values = vars(parser.parse_args(argv))
    values.pop("no_setup")
    for switch in ("smoothing", "fit"):
        values[switch] = {"on": True, "off": False, None: None}[values[switch]]
    try:
        values["filters"] = parse_filters(values["filters"])
        return Options(**values)
    except ValueError as error:
        parser.error(str(error))


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=DESCRIPTION, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", nargs="?", metavar="SOURCE", help=SOURCE_HELP)
    _add_tracking(parser.add_argument_group("tracking"))
    _add_playing(parser.add_argument_group("playing"))
    _add_output(parser.add_argument_group("output"))
    _add_care(parser.add_argument_group("files"))
    _add_desktop(parser.add_argument_group("desktop"))
    parser.add_argument(
        "--no-setup", action="store_true", help="never install anything; fail where packages are missing"
    )
    return parser


def _add_tracking(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--hand",
        choices=HAND_CHOICES,
        default="auto",
        help="take every hand for this side; auto tells them apart (default)",
    )
    group.add_argument(
        "--hands",
        type=int,
        choices=HAND_COUNTS,
        metavar="1|2",
        help="how many hands are followed at once (default: 2 in the window, 1 in headless runs and benchmarks)",
    )
    group.add_argument(
        "--model",
        default="auto",
        metavar="auto|compact|full|FILE.onnx",
        help="pose network: compact, on CPUs and GPUs; full is the paper's network, which wants a GPU; or an exported "
        "file with its model card beside it; auto is compact, which has learned more (default)",
    )
    group.add_argument(
        "--device",
        choices=DEVICES,
        default="auto",
        help="what runs the networks; auto takes the fastest that works here (default)",
    )
    group.add_argument(
        "--precision",
        choices=PRECISIONS,
        default="auto",
        help="of the pose network on a processor, through OpenVINO: float32, bfloat16 or 8 bits; auto measures it once "
        "where there is a choice, and keeps the fastest that leaves joints in place (default)",
    )
    group.add_argument(
        "--near",
        dest="near_m",
        type=float,
        default=NEAR_M,
        metavar="M",
        help="nearest hand, metres (default %(default)s)",
    )
    group.add_argument(
        "--far",
        dest="far_m",
        type=float,
        default=FAR_M,
        metavar="M",
        help="farthest hand, metres (default %(default)s)",
    )
    group.add_argument(
        "--filters",
        default="",
        metavar="decimation=N,spatial,temporal,holes",
        help="the RealSense SDK's filters behind a camera or the simulated one: any of them, with commas between "
        "(default: none)",
    )
    group.add_argument(
        "--fit",
        choices=("on", "off"),
        help="fit a model of the hand to each frame: bones that keep their length, a mesh, a residual (default: off)",
    )
    group.add_argument(
        "--smoothing",
        choices=("on", "off"),
        help="calm the joints with a filter (default: in the window as it was left, at first on; off in "
        "headless runs and benchmarks)",
    )


def _add_playing(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--headless",
        action="store_true",
        help="no window: handle every frame of a recording or folder exactly once, in order, and print a summary",
    )
    group.add_argument("--frames", type=int, metavar="N", help="stop after N frames (headless and benchmark)")
    group.add_argument(
        "--loop",
        action=argparse.BooleanOptionalAction,
        help="start a recording or folder over at its end (default: in the window as it was left, at first yes; no in "
        "headless runs)",
    )
    group.add_argument(
        "--speed", type=float, default=1.0, metavar="X", help="pace of a recording or folder in the window (default 1)"
    )
    group.add_argument(
        "--kiosk",
        action="store_true",
        help="a show for visitors: full screen, the 3D view alone, large type; Esc ends it",
    )
    group.add_argument(
        "--benchmark",
        action="store_true",
        help="time each stage of tracking on SOURCE (left out: the bundled recording): 50th, 95th and 99th percentile",
    )
    group.add_argument(
        "--compare",
        action="store_true",
        help="with --benchmark: time the paper's own steps on the same frames as well, on the processor",
    )
    group.add_argument(
        "--mediapipe",
        type=Path,
        metavar="WHEEL",
        help="with --compare: MediaPipe's two networks, too, out of a wheel of mediapipe 0.10.21 that you have",
    )


def _add_output(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--record",
        type=Path,
        metavar="FILE|DIR",
        help="record the depth frames to FILE.bag or FILE.db3, or as images with a camera.json into a new folder (a "
        "name without an ending); SOURCE can name both",
    )
    group.add_argument(
        "--export", type=Path, metavar="FILE", help="write the pose of every frame: FILE.csv, FILE.jsonl or FILE.npz"
    )
    group.add_argument(
        "--columns",
        type=lambda text: tuple(text.split(",")),
        metavar="joints,angles,openxr",
        help="what FILE.csv of --export holds: any of these (default joints); .jsonl and .npz have everything",
    )
    group.add_argument(
        "--angles",
        type=Path,
        metavar="FILE.html",
        help="write a page with the range of motion of each joint and its curves over time, headless",
    )
    group.add_argument(
        "--preview",
        type=Path,
        metavar="DIR",
        help="write depth pictures with the skeleton drawn on them, headless: every frame, or every k-th of more than "
        "300 (of a camera: every tenth)",
    )
    group.add_argument(
        "--json", type=Path, metavar="FILE", help="write the figures of a headless run or benchmark as JSON as well"
    )
    group.add_argument(
        "--overwrite",
        action="store_true",
        help="replace outputs that are there already and that this program did not write; never an input of the run",
    )


def _add_care(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--check",
        type=Path,
        metavar="FILE",
        help="test a recording, a folder of images or a file of poses, and end: status 1 where it is damaged; what is "
        "left of it is then put into a new file, NAME.repaired",
    )
    group.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="write versions, devices, settings and the last log to FILE, for a report of an error, and end; the home "
        "folder and your name are left out",
    )


def _add_desktop(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--install-desktop",
        action="store_true",
        help="put the program into the desktop's menu, and offer it for .bag and .db3 files (Linux, Windows)",
    )
    group.add_argument(
        "--uninstall-desktop", action="store_true", help="take it out of the desktop's menu and file types again"
    )
    group.add_argument("--dialogs", action="store_true", help="show errors in a dialog, too, as the launcher does")


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
    from app.run.headless import run_headless
    from app.sources import make_source
    from app.tracking.build import build_tracker

    source = make_source(options.source, realtime=False, loop=bool(options.loop), speed=options.speed)
    source.set_filters(options.filters)
    tracker = build_tracker(options.tracker_settings(), options.model, options.device, precision=options.precision)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Being told to end is no reason to lose what is held in memory: the same clean end as after Ctrl-C.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        outcome = run_headless(options, source, tracker, tracker.model)
    finally:
        signal.signal(signal.SIGTERM, before)
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


def _benchmark(options: Options) -> int:
    from app.run.benchmark import Rivals, run_benchmark
    from app.run.headless import write_json
    from app.run.outputs import check_outputs
    from app.sources import make_source
    from app.tracking.build import build_tracker, model_path

    check_outputs(
        replace(options, record=None, export=None, columns=None, preview=None, angles=None)
    )  # it writes none of these
    source = make_source(options.source or str(BUNDLED_RECORDING), realtime=False, loop=False, speed=1.0)
    source.set_filters(options.filters)
    tracker = build_tracker(options.tracker_settings(), options.model, options.device, precision=options.precision)
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

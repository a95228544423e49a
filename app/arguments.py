"""The command line's options: what they are called, what they mean, and what was asked for."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from app.settings import FAR_M, HAND_CHOICES, HAND_COUNTS, NEAR_M, Options, parse_filters
from models.core.devices import DEVICES, PRECISIONS

Group = argparse._ArgumentGroup
_ON = {"on": True, "off": False, None: None}

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


def parse(argv: Sequence[str] | None = None) -> Options:
    """Options from arguments. Raises SystemExit with status 2, after a line on stderr, where they are wrong."""
    parser = build_parser()
    values = vars(parser.parse_args(argv))
    values.pop("no_setup")
    try:
        for switch in ("smoothing", "fit"):
            values[switch] = _ON[values[switch]]
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


def _add_tracking(group: Group) -> None:
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
    _metres(group, "near", NEAR_M, "nearest hand")
    _metres(group, "far", FAR_M, "farthest hand")
    group.add_argument(
        "--filters",
        default="",
        metavar="decimation=N,spatial,temporal,holes",
        help="the RealSense SDK's filters behind a camera or the simulated one: any of them, with commas between "
        "(default: none)",
    )
    _switch(
        group,
        "--fit",
        "fit a model of the hand to each frame: bones that keep their length, a mesh, a residual "
        "(default: on in the window, off in headless runs and benchmarks)",
    )
    group.add_argument(
        "--person",
        default="",
        metavar="NAME",
        help="keep the shape of the hand that --fit learns under this name; where one is kept it is taken from the "
        "start",
    )
    _switch(
        group,
        "--smoothing",
        "calm the joints with a filter (default: in the window as it was left, at first on; off in "
        "headless runs and benchmarks)",
    )


def _add_playing(group: Group) -> None:
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
    _path(
        group,
        "--mediapipe",
        "WHEEL",
        "with --compare: MediaPipe's two networks, too, out of a wheel of mediapipe 0.10.21 that you have",
    )


def _add_output(group: Group) -> None:
    _path(
        group,
        "--record",
        "FILE|DIR",
        "record the depth frames to FILE.bag or FILE.db3, or as images with a camera.json into a new folder (a "
        "name without an ending); SOURCE can name both",
    )
    _path(group, "--export", "FILE", "write the pose of every frame: FILE.csv, FILE.jsonl or FILE.npz")
    group.add_argument(
        "--columns",
        type=lambda text: tuple(text.split(",")),
        metavar="joints,angles,openxr",
        help="what FILE.csv of --export holds: any of these (default joints); .jsonl and .npz have everything",
    )
    _path(
        group,
        "--angles",
        "FILE.html",
        "write a page with the range of motion of each joint and its curves over time, headless",
    )
    _path(
        group,
        "--preview",
        "DIR",
        "write depth pictures with the skeleton drawn on them, headless: every frame, or every k-th of more than "
        "300 (of a camera: every tenth)",
    )
    _path(group, "--json", "FILE", "write the figures of a headless run or benchmark as JSON as well")
    group.add_argument(
        "--overwrite",
        action="store_true",
        help="replace outputs that are there already and that this program did not write; never an input of the run",
    )


def _add_care(group: Group) -> None:
    _path(
        group,
        "--check",
        "FILE",
        "test a recording, a folder of images or a file of poses, and end: status 1 where it is damaged; what is "
        "left of it is then put into a new file, NAME.repaired",
    )
    _path(
        group,
        "--report",
        "FILE",
        "write versions, devices, settings and the last log to FILE, for a report of an error, and end; the home "
        "folder and your name are left out",
    )


def _add_desktop(group: Group) -> None:
    group.add_argument(
        "--install-desktop",
        action="store_true",
        help="put the program into the desktop's menu, and offer it for .bag and .db3 files (Linux, Windows)",
    )
    group.add_argument(
        "--uninstall-desktop", action="store_true", help="take it out of the desktop's menu and file types again"
    )
    group.add_argument("--dialogs", action="store_true", help="show errors in a dialog, too, as the launcher does")


def _path(group: Group, option: str, metavar: str, help_text: str) -> None:
    group.add_argument(option, type=Path, metavar=metavar, help=help_text)


def _switch(group: Group, option: str, help_text: str) -> None:
    group.add_argument(option, choices=("on", "off"), help=help_text)


def _metres(group: Group, name: str, default: float, what: str) -> None:
    help_text = f"{what}, metres (default %(default)s)"
    group.add_argument(f"--{name}", dest=f"{name}_m", type=float, default=default, metavar="M", help=help_text)

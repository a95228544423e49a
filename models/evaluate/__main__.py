"""Measure an exported network: `python -m models.evaluate --model NAME.onnx` on the frozen synthetic test set.

`--folder DIR` measures on real frames instead. Pose networks get the reference point of the truth, as in the
literature; reference networks start from the hand's centre of mass. Real data sets place the wrist differently: for
folders the headline and PA (after the best similarity alignment) leave it out.

`--data NAME --root DIR` measures on a public data set, over all its joints; `--run RUN` measures a training run without
an export before it, and `--ensemble K` the mean of its last K epochs. `--data NAME --predictions FILE --labels FILE`
compares published predictions of a data set with its labels.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from models.command import run_command
from models.core.devices import DEVICES, PRECISIONS
from models.core.text import one_line
from models.data.formats import FORMATS
from models.data.options import chosen_dataset
from models.data.record import Digest, LabelledFrame
from models.data.registry import DATASETS
from models.evaluate.curves import KINDS
from models.evaluate.dataset_command import NAMES, add_dataset_options, exported_run, measure_dataset, save_plots
from models.evaluate.ensemble import load_pose_networks
from models.evaluate.frames import folder_frames, watched_frames
from models.evaluate.pose import PoseReport, evaluate_pose, format_pose
from models.evaluate.predictions import UNITS, evaluate_predictions, format_predictions
from models.evaluate.reference import ReferenceReport, evaluate_reference, format_reference
from models.outputs import refuse_inputs, write_whole
from models.runtime import PoseNetwork, ReferenceNetwork, RuntimeModelError, load_card

DEFAULTS = {"bodies": 200, "device": "auto", "precision": "f32", "unit": "mm"}
"""Set after parsing, so that an option that was given can be told from one that was not."""


def measure(options: argparse.Namespace) -> tuple[str, dict[str, Any]]:
    """What the options ask for: lines for people, and figures for JSON.

    Raises ValueError or RuntimeModelError with one line where the model or the data cannot be used.
    """
    digest = Digest()
    bodies: Iterable[LabelledFrame] = ()
    apart = ""
    if options.folder is not None:
        data, frames = str(options.folder), folder_frames(options.folder)
    elif options.behind:
        from models.data.synthetic.behind import CONTROL, behind_frames

        data, apart = f"{options.synthetic} frames a recipe of hands seen from behind, seed {options.seed}", CONTROL
        frames = behind_frames(options.synthetic, options.seed)
    elif options.objects:
        from models.data.synthetic.objects import objects_frames

        data = f"{options.synthetic} frames of hands round objects and of tables without a hand, seed {options.seed}"
        frames = objects_frames(options.synthetic, options.seed)
    else:
        # The synthetic hands take a second to import and to compile, which folders need not wait for.
        from models.data.synthetic.testset import TestSet, body_frames, hand_frames

        test_set: TestSet = "foreign" if options.foreign else "stretched" if options.stretched else "synthetic"
        data = f"{options.synthetic} {test_set} frames, seed {options.seed}"
        frames = hand_frames(options.synthetic, options.seed, test_set)
        bodies = body_frames(options.bodies, options.seed)
    report: PoseReport | ReferenceReport
    if load_card(options.model[0]).kind == "pose":
        networks = load_pose_networks(options.model, options.device, options.precision)
        report = evaluate_pose(networks, watched_frames(frames, digest), data, options.folder is None, apart)
        text = format_pose(report)
    else:
        network = ReferenceNetwork(options.model[0], options.device)
        pose = PoseNetwork(options.pose_model, options.device) if options.pose_model else None
        report = evaluate_reference(network, watched_frames(frames, digest), watched_frames(bodies, digest), data, pose)
        text = format_reference(report)
    return f"{text}\nfingerprint of the frames: {digest}", {**asdict(report), "digest": str(digest)}


def measure_predictions(options: argparse.Namespace) -> tuple[str, dict[str, Any]]:
    """Compares a prediction file with its labels, and draws the curves that are asked for; as `measure` otherwise."""
    report = evaluate_predictions(
        options.data, options.predictions, options.labels, options.format, options.unit, options.root
    )
    save_plots(options.plot or (), options.predictions[0].stem, f"{options.data}: {report.frames} frames", report)
    return format_predictions(report), asdict(report)


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m models.evaluate",
        description="Measure an exported pose or reference network, or a file of predictions for a public data set.",
    )
    _add_model_options(parser)
    add_dataset_options(parser)
    _add_prediction_options(parser)
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures there as well")
    options = parser.parse_args(arguments)
    _refuse_senseless(parser, options)
    for name, default in DEFAULTS.items():
        if getattr(options, name) is None:
            setattr(options, name, default)
    if options.predictions is None and options.folder is None and options.data is None:
        from models.data.synthetic.behind import BEHIND_SEED, FRAMES_A_RECIPE
        from models.data.synthetic.objects import OBJECT_FRAMES, OBJECTS_SEED
        from models.data.synthetic.testset import TEST_FRAMES, TEST_SEED

        count, seed = TEST_FRAMES, TEST_SEED
        if options.behind:
            count, seed = FRAMES_A_RECIPE, BEHIND_SEED
        elif options.objects:
            count, seed = OBJECT_FRAMES, OBJECTS_SEED
        options.synthetic = count if options.synthetic is None else options.synthetic
        options.seed = seed if options.seed is None else options.seed
    return options


def _add_model_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model",
        type=Path,
        nargs="+",
        help="an exported .onnx file with its card beside it; several pose networks are averaged",
    )
    parser.add_argument("--run", type=Path, help="a training run, exported for the measurement only")
    parser.add_argument(
        "--ensemble", type=int, metavar="K", help="with --run: the mean of the estimates of its last K epochs (of 10)"
    )
    data = parser.add_mutually_exclusive_group()
    data.add_argument("--folder", type=Path, help="depth images, camera.json and joints.csv")
    data.add_argument(
        "--synthetic", type=int, metavar="N", help="the first N frames of the synthetic test set (default: 2000)"
    )
    parser.add_argument("--seed", type=int, help="of another synthetic test set")
    other = parser.add_mutually_exclusive_group()
    other.add_argument(
        "--stretched",
        action="store_true",
        default=None,
        help="of the second synthetic set: stretched and thicker hands, views along the forearm, smearing cameras",
    )
    other.add_argument(
        "--foreign",
        action="store_true",
        default=None,
        help="of the third: such hands with other proportions, and cameras with errors that training does not have",
    )
    other.add_argument(
        "--behind",
        action="store_true",
        default=None,
        help="of the fourth: hands that point away from the camera, in ten recipes; N is of each (default: 100)",
    )
    other.add_argument(
        "--objects",
        action="store_true",
        default=None,
        help="of the fifth: hands round a can or a bottle over a table, a third without a hand (default: 600 frames)",
    )
    parser.add_argument(
        "--bodies", type=int, metavar="N", help="frames without a hand, for reference networks (default 200)"
    )
    parser.add_argument("--pose-model", type=Path, help="measure its reference point as well, after the refinement")
    parser.add_argument("--device", choices=DEVICES, help="default: auto")
    parser.add_argument("--precision", choices=PRECISIONS[1:], help="of a pose network on a processor (default: f32)")


def _add_prediction_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("predictions", "instead of a model: a file with one frame a line, as published")
    group.add_argument(
        "--predictions", type=Path, nargs="+", metavar="FILE", help="three numbers a joint; several are pooled"
    )
    group.add_argument(
        "--labels", type=Path, nargs="+", metavar="FILE", help="the truth, in the same order; one file, or one for each"
    )
    group.add_argument("--data", choices=sorted(DATASETS), help="the data set, of predictions or to measure on")
    group.add_argument(
        "--format",
        choices=FORMATS,
        help="u v d (pixels, pixels, mm) or x y z (default: told by the files; to write, the usual one)",
    )
    group.add_argument("--unit", choices=UNITS, help="of d, or of x y z (default: mm)")
    group.add_argument(
        "--plot",
        type=Path,
        metavar="OUT.png",
        action="append",
        help="success-rate curves, .png or .svg; may be repeated",
    )


def _refuse_senseless(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Ends with a usage error where options do not go together."""

    def given(*names: str) -> list[str]:
        return [f"--{name.replace('_', '-')}" for name in names if getattr(options, name) is not None]

    if options.predictions is None:
        writes = options.write_predictions is not None or options.write_labels is not None
        alone = (
            given("labels")
            + ([] if writes else given("format", "unit"))
            + (given(*NAMES, "plot") if options.data is None else [])
        )
        if alone:
            needed = "--predictions" if alone[0] in ("--labels", "--format", "--unit") else "--data"
            parser.error(f"{alone[0]} goes with {needed}, which is missing")
        if (options.model is None) == (options.run is None):
            parser.error("one of --run, --model and --predictions is needed")
        for name in given("stretched", "foreign", "behind", "objects") if options.folder is not None else ():
            parser.error(f"{name} does not go with --folder")
        if options.data is not None:
            foreign = given("folder", "synthetic", "seed", "stretched", "foreign", "behind", "objects", "bodies")
            if foreign:
                parser.error(f"{foreign[0]} does not go with --data")
            chosen_dataset(parser, options)
    else:
        foreign = given(
            "model",
            "run",
            "folder",
            "synthetic",
            "seed",
            "stretched",
            "foreign",
            "behind",
            "objects",
            "bodies",
            "pose_model",
            "device",
            "precision",
            *NAMES,
        )
        foreign = [name for name in foreign if name != "--root"]  # its images go behind the drawn frames
        if foreign:
            parser.error(f"{foreign[0]} does not go with --predictions")
        missing = {"--data", "--labels"} - set(given("data", "labels"))
        if missing:
            parser.error(f"--predictions needs {' and '.join(sorted(missing))} too")
    for path in options.plot or ():
        if path.suffix.lower() not in KINDS:
            parser.error(f"--plot {path}: expected a name that ends in {' or '.join(KINDS)}")
    if options.ensemble is not None and options.run is None:
        parser.error("--ensemble goes with --run; several files after --model are averaged, too")
    for name, least in (("synthetic", 1), ("bodies", 0), ("ensemble", 1)):
        value = getattr(options, name)
        if value is not None and value < least:
            parser.error(f"--{name}: expected {'one' if least else 'zero'} or more")


def _spare_inputs(options: argparse.Namespace) -> None:
    """Raise OutputError where a report or plot would replace what is to be measured."""
    outputs = [(path, "--plot") for path in options.plot or ()]
    if options.json is not None:
        outputs.append((options.json, "--json"))
    networks = [*(options.model or ()), *filter(None, [options.pose_model, options.reference])]
    outputs += [(path, "--write-predictions") for path in [options.write_predictions] if path is not None]
    outputs += [(path, "--write-labels") for path in [options.write_labels] if path is not None]
    files = [*(options.predictions or ()), *(options.labels or ()), options.centers, *networks]
    cards = [path.with_suffix(".json") for path in networks]
    folder = options.folder.iterdir() if options.folder is not None and options.folder.is_dir() else ()
    refuse_inputs(outputs, [*filter(None, files), *cards, *folder])


def _measured(options: argparse.Namespace) -> tuple[str, dict[str, Any]]:
    if options.predictions is not None:
        return measure_predictions(options)
    measured = measure if options.data is None else measure_dataset
    if options.run is None:
        return measured(options)
    with exported_run(options.run, options.ensemble, options.root, options.protocol) as path:
        options.model = [path]
        return measured(options)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status: 0 done, 1 failed."""
    options = parse_arguments(arguments)
    try:
        _spare_inputs(options)
        text, figures = _measured(options)
        if options.json is not None:
            write_whole(options.json, (json.dumps(figures, indent=1) + "\n").encode())
        print(text)
    except (ValueError, OSError, RuntimeModelError) as error:
        print(f"models.evaluate: {one_line(error)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(run_command("models.evaluate", main))

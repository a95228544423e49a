"""`python -m models.evaluate --data NAME --root DIR`: a network on the frames of a public data set."""

from __future__ import annotations

import argparse
import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from models.core.protocol import OURS, PROTOCOLS, Protocol, ProtocolName
from models.core.skeleton import REFERENCE_POINTS
from models.data.dataset import Dataset, FrameList
from models.data.label_files import Skipped
from models.data.options import add_root_options
from models.data.record import Digest, LabelledFrame
from models.data.registry import DATASETS
from models.evaluate.curves import Curves, draw_curves, save_curves
from models.evaluate.dataset_pose import (
    DatasetReport,
    Place,
    answers,
    check_joints,
    check_protocol,
    check_reference,
    evaluate_dataset,
    format_dataset,
    make_place,
)
from models.evaluate.ensemble import load_pose_networks
from models.evaluate.figures import ErrorFigures
from models.evaluate.frames import watched_frames
from models.evaluate.predictions import default_format
from models.evaluate.reference import ReferenceReport, evaluate_reference, format_reference
from models.evaluate.written import PredictionRows
from models.reading.networks import PoseNet
from models.runtime import ModelCard, PoseNetwork, ReferenceNetwork, load_card

NAMES = ("root", "subject", "split", "centers", "reference", "protocol", "write_predictions", "write_labels")
"""The options that go with --data and a network."""
RUN_SAMPLES = 8
"""Held-out samples on which a run's export is checked before it is measured."""


def add_dataset_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `NAMES`; --data itself is shared with prediction files."""
    group = parser.add_argument_group("data sets", "with --data NAME, measure on the frames of a public data set")
    add_root_options(group, "; beside --predictions, for the images behind the drawn frames")
    group.add_argument("--split", help="the part to measure on (default: test; for hands2017 and hands2019 validation)")
    group.add_argument(
        "--centers", type=Path, metavar="FILE", help="precomputed reference points, one line a frame of the split"
    )
    group.add_argument(
        "--reference",
        type=Path,
        metavar="REF.onnx",
        help="find the reference points with this network, from the centre of mass or from those of --centers",
    )
    group.add_argument(
        "--protocol",
        choices=sorted(PROTOCOLS),
        help="measure as the paper does, or as this project (default: the one that the network was trained with)",
    )
    group.add_argument(
        "--write-predictions",
        type=Path,
        metavar="FILE",
        help="write the joints that were found, a frame a line; see --format and --unit",
    )
    group.add_argument("--write-labels", type=Path, metavar="FILE", help="write the labels of the same frames")


def measure_dataset(options: argparse.Namespace) -> tuple[str, dict[str, Any]]:
    """What the options ask for: lines for people, and figures for JSON.

    Raises ValueError or RuntimeModelError with one line where the model or the data cannot be used.
    """
    dataset = DATASETS[options.data]
    card = load_card(options.model[0])
    point = card.reference_point
    network = _pose_network(options, dataset) if card.kind == "pose" else None
    reference = _reference(options.reference if network is not None else options.model[0], options, dataset, point)
    skipped, digest = Skipped(), Digest()
    frames = _labelled_frames(options, dataset, skipped)
    data = _data_name(options, dataset)
    subject = None if options.split == "all" else options.subject

    watched = watched_frames(frames, digest)
    report: DatasetReport | ReferenceReport
    if network is None:
        assert reference is not None
        if options.protocol is not None:
            raise ValueError("--protocol goes with networks that give poses")
        report = _measure_reference(reference, options, dataset, watched, data)
        text = format_reference(report)
    else:
        place, centers = make_place(dataset, point, options.centers is not None, reference)
        protocol = _protocol(options, card)
        writes = options.write_predictions is not None or options.write_labels is not None
        rows = PredictionRows(dataset) if writes else None
        if frames.joints_cam_m is None:
            assert rows is not None
            return _only_predicted(network, watched, place, protocol, rows, len(frames), options)
        report = evaluate_dataset(network, watched, dataset, place, centers, data, subject, protocol, rows)
        report = replace(report, skipped=dict(skipped.counts))
        text = format_dataset(report)
        _write_rows(rows, len(frames), options)
        save_plots(options.plot or (), report.model, f"{data}: {report.frames} frames", report)
    left_out = [f"left out: {skipped.total}", *(f"  {line}" for line in skipped.lines())] if skipped.total else []
    figures = {**asdict(report), "skipped": dict(skipped.counts), "digest": str(digest)}
    return "\n".join([text, *left_out, f"fingerprint of the frames: {digest}"]), figures


def _protocol(options: argparse.Namespace, card: ModelCard) -> Protocol:
    """The protocol that is asked for, or the one of the network's training. Raises ValueError for an unknown one."""
    name = options.protocol or str(card.details.get("protocol", OURS.name))
    if name not in PROTOCOLS:
        raise ValueError(f"model {card.name}: its card says the protocol {name!r}, expected {' or '.join(PROTOCOLS)}")
    return PROTOCOLS[name]


def _data_name(options: argparse.Namespace, dataset: Dataset) -> str:
    split = options.split or dataset.measured
    return dataset.name if split == "test" else f"{dataset.name} {split}"


def _labelled_frames(options: argparse.Namespace, dataset: Dataset, skipped: Skipped) -> FrameList:
    split = options.split or dataset.measured
    frames = dataset.open(options.root, split, options.subject, options.centers, skipped)
    if frames.joints_cam_m is None and (options.write_predictions is None or options.centers is None):
        message = "its labels are not published, there is nothing to measure against"
        raise ValueError(f"{dataset.name} {split}: {message}; --write-predictions needs --centers there")
    return frames


def _only_predicted(
    network: PoseNet,
    frames: Iterator[LabelledFrame],
    place: Place,
    protocol: Protocol,
    rows: PredictionRows,
    expected: int,
    options: argparse.Namespace,
) -> tuple[str, dict[str, Any]]:
    """The predictions of frames whose labels are not published, written; as measure_dataset otherwise."""
    check_protocol(network.card, protocol)
    for labelled, reading in answers(network, frames, place, protocol):
        rows.add(labelled, reading.joints_cam_m)
    _write_rows(rows, expected, options)
    return f"{len(rows.names)} frames without labels", {"model": network.card.name, "frames": len(rows.names)}


def _write_rows(rows: PredictionRows | None, expected: int, options: argparse.Namespace) -> None:
    """The files of --write-predictions and --write-labels. Raises ValueError where a frame has no row."""
    if rows is None:
        return
    form = options.format or default_format(rows.dataset.name)
    rows.check_complete(expected)
    if options.write_predictions is not None:
        rows.write_found(options.write_predictions, form, options.unit)
    if options.write_labels is not None:
        rows.write_truth(options.write_labels, form, options.unit)


def _pose_network(options: argparse.Namespace, dataset: Dataset) -> PoseNet:
    """The network, or several as one. Raises ValueError where they are not for the data set."""
    for path in options.model:
        check_joints(load_card(path), dataset)
    return load_pose_networks(options.model, options.device)


def _reference(path: Path | None, options: argparse.Namespace, dataset: Dataset, point: str) -> ReferenceNetwork | None:
    if path is None:
        return None
    network = ReferenceNetwork(path, options.device)
    check_reference(network.card, dataset, point)
    return network


def _measure_reference(
    network: ReferenceNetwork,
    options: argparse.Namespace,
    dataset: Dataset,
    frames: Iterator[LabelledFrame],
    data: str,
) -> ReferenceReport:
    pose = PoseNetwork(options.pose_model, options.device) if options.pose_model else None
    if pose is not None:
        check_joints(pose.card, dataset)
    point = REFERENCE_POINTS[network.card.reference_point]
    return evaluate_reference(network, frames, (), data, pose, point, dataset.cube_m)


def save_plots(paths: Sequence[Path], name: str, title: str, report: ErrorFigures) -> None:
    """Draws a report's success curves into each of the files."""
    if paths:
        figure = draw_curves([Curves(name, report.success_worst_joint, report.success_mean)], title)
        for path in paths:
            save_curves(figure, path)


@contextlib.contextmanager
def exported_run(
    run: Path, ensemble: int | None, root: Path | None, protocol: ProtocolName | None = None
) -> Iterator[Path]:
    """A run exported for as long as the context lasts: its averaged weights, or the last `ensemble` epochs as one.

    root: where the run's data set lies now. protocol: how to decode, by default as the run was trained. Raises
    ValueError where the run cannot be exported.
    """
    from models.export.run import (  # with torch, which nothing else here needs
        ExportFailedError,
        export_run,
        last_epochs,
    )

    with tempfile.TemporaryDirectory() as folder:
        name = run.resolve().name + (f"_ensemble{ensemble}" if ensemble else "")
        path = Path(folder) / f"{name}.onnx"
        try:
            export_run(run, path, RUN_SAMPLES, epochs=last_epochs(ensemble or 0), root=root, protocol=protocol)
        except ExportFailedError as error:
            raise ValueError(str(error)) from None
        yield path

"""Loads the networks and makes a tracker of them."""

from __future__ import annotations

import hashlib
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from app.errors import ModelError
from app.settings import MODEL_FOLDER, TrackerSettings
from app.tracking.fit import follow
from app.tracking.precision import opened
from app.tracking.tracker import Tracker
from app.tracking.two_hands import TwoHandTracker
from models.core.skeleton import HAND
from models.reading.networks import PoseNet, ReferenceNet
from models.reading.verdict import CARD_KEY
from models.reading.volume import warm_up
from models.runtime import PoseNetwork, ReferenceNetwork, RuntimeModelError

AnyTracker = Tracker | TwoHandTracker

log = logging.getLogger(__name__)

REFERENCE = "reference.onnx"
NAMES = {"auto": "compact.onnx", "compact": "compact.onnx", "full": "v2v.onnx"}
"""What `--model` calls the networks. Auto is the steadier of the two, on a GPU as well (docs/experiments.md)."""


def build_tracker(
    settings: TrackerSettings,
    model: str = "auto",
    device: str = "auto",
    folder: Path = MODEL_FOLDER,
    precision: str = "auto",
) -> AnyTracker:
    """A tracker with its networks loaded; model, device and precision as on the command line.

    Raises ModelError with one line where a network cannot be used, ValueError for a device that does not exist.
    """
    try:
        with ThreadPoolExecutor(max_workers=1) as beside:
            warm = beside.submit(_warm_up, settings.fit)
            pose_net = load_pose_network(model, device, folder, precision)
            # In 16 bits its points move by 0.2 mm (docs/experiments.md), where the pose may move at all.
            rough = "bf16" if pose_net.device.endswith(("bf16", "int8")) else "f32"
            reference_net = ReferenceNetwork(_existing(folder / REFERENCE), device, precision=rough)
        warm.result()
        tracker = make_tracker(pose_net, reference_net, settings)
    except RuntimeModelError as error:
        raise ModelError(str(error)) from None
    if CARD_KEY not in pose_net.card.details:
        log.warning(
            "model %s was never calibrated: its poses count as unsure (python -m app.calibrate)", pose_net.card.name
        )
    return tracker


def _warm_up(with_fit: bool) -> None:
    """Load what is compiled."""
    warm_up()
    if with_fit:
        follow.warm_up()


def make_tracker(pose_net: PoseNet, reference_net: ReferenceNet, settings: TrackerSettings) -> AnyTracker:
    """A tracker of one hand or two, as the settings say, on networks that are loaded."""
    return (Tracker if settings.hands == 1 else TwoHandTracker)(pose_net, reference_net, settings)


def load_pose_network(model: str, device: str, folder: Path = MODEL_FOLDER, precision: str = "auto") -> PoseNet:
    """The network of a name, "auto", "compact" or "full", or of a file.

    Raises ModelError where the file does not exist or has other joints than the hand's, RuntimeModelError where it
    cannot be used on `device`.
    """
    path = _existing(model_path(model, folder))
    network = opened(precision, _told_apart(path), lambda precision: PoseNetwork(path, device, precision=precision))
    if network.card.joints != HAND.joints:
        raise ModelError(f"model {path}: its joints are not those of the hand; choose one trained for hands")
    return network


def _told_apart(path: Path) -> str:
    """A name of a network that changes with what its card says of it."""
    try:
        digest = hashlib.sha256(path.with_suffix(".json").read_bytes()).hexdigest()[:12]
    except OSError:
        digest = "without a card"
    return f"{path.stem} {digest}"


def model_path(model: str, folder: Path = MODEL_FOLDER) -> Path:
    """Where the network of a name, or a file's own, lies."""
    return folder / NAMES[model] if model in NAMES else Path(model)


def _existing(path: Path) -> Path:
    known = ", ".join(NAMES)
    try:
        is_file = path.is_file()
    except OSError as error:  # a name that is too long
        raise ModelError(f"model {path}: cannot be read ({error.strerror}); choose --model {known}") from None
    if not is_file:
        raise ModelError(f"model {path}: there is no such file; choose --model {known} or an .onnx of models.export")
    return path

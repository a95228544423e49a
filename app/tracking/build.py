"""Makes the tracker that a run's options ask for."""

from __future__ import annotations

from pathlib import Path

from app.errors import ModelError
from app.settings import MODEL_FOLDER, Options
from app.tracking.tracker import Tracker
from models.core.skeleton import HAND
from models.runtime import PoseNetwork, ReferenceNetwork, RuntimeModelError

REFERENCE = "reference.onnx"
NAMES = {"auto": "compact.onnx", "compact": "compact.onnx", "full": "v2v.onnx"}
"""What `--model` calls the networks. Auto is the steadier of the two, on a GPU as well (models/README.md)."""


def build_tracker(options: Options, folder: Path = MODEL_FOLDER) -> Tracker:
    """A tracker with its networks loaded; where the options leave it open, joints are not smoothed.

    Raises ModelError with one line.
    """
    try:
        pose_net = load_pose_network(options.model, options.device, folder)
        reference_net = ReferenceNetwork(_existing(folder / REFERENCE), device=options.device)
    except RuntimeModelError as error:
        raise ModelError(str(error)) from None
    return Tracker(
        pose_net,
        reference_net,
        hand=options.hand,
        near_m=options.near_m,
        far_m=options.far_m,
        smoothing=bool(options.smoothing),
    )


def load_pose_network(model: str, device: str, folder: Path = MODEL_FOLDER) -> PoseNetwork:
    """The network of a name, "auto", "compact" or "full", or of a file.

    Raises ModelError where the file does not exist or has other joints than the hand's, RuntimeModelError where it
    cannot be used on `device`.
    """
    path = folder / NAMES[model] if model in NAMES else Path(model)
    network = PoseNetwork(_existing(path), device=device)
    if network.card.joints != HAND.joints:
        raise ModelError(f"model {path}: its joints are not those of the hand; choose one trained for hands")
    return network


def _existing(path: Path) -> Path:
    if not path.is_file():
        known = ", ".join(NAMES)
        raise ModelError(f"model {path}: there is no such file; choose --model {known} or an .onnx of models.export")
    return path

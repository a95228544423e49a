"""Makes the tracker that a run's options ask for."""

from __future__ import annotations

from pathlib import Path

from app.errors import ModelError
from app.settings import MODEL_FOLDER, Options
from app.tracking.tracker import Tracker
from models.runtime import PoseNetwork, ReferenceNetwork, RuntimeModelError, has_gpu

COMPACT, FULL, REFERENCE = "compact.onnx", "v2v.onnx", "reference.onnx"
GPU_DEVICES = ("cuda", "tensorrt")


def choose_model(model: str, device: str, folder: Path = MODEL_FOLDER) -> Path:
    """The file of a model's name: "compact", "full", a path, or "auto": full where a GPU runs it, else compact.

    Raises ModelError where the file does not exist.
    """
    if model == "auto":
        on_gpu = device in GPU_DEVICES or (device == "auto" and has_gpu())
        path = folder / (FULL if on_gpu and (folder / FULL).exists() else COMPACT)
    elif model in ("compact", "full"):
        path = folder / (FULL if model == "full" else COMPACT)
    else:
        path = Path(model)
    if not path.is_file():
        raise ModelError(
            f"model {path}: there is no such file; choose --model compact or name an .onnx file made by models.export"
        )
    return path


def build_tracker(options: Options, folder: Path = MODEL_FOLDER) -> Tracker:
    """A tracker with its networks loaded; without a word about it, joints are not smoothed.

    Raises ModelError with one line.
    """
    pose_path = choose_model(options.model, options.device, folder)
    reference_path = folder / REFERENCE
    if not reference_path.is_file():
        raise ModelError(f"model {reference_path}: it is missing; get the whole project again")
    try:
        pose_net = PoseNetwork(pose_path, device=options.device)
        reference_net = ReferenceNetwork(reference_path, device=options.device)
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

"""What a run starts from instead of random weights."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from torch import Tensor, nn

from models.data.registry import DATASETS
from models.networks.v2v import V2VPoseNet
from models.train.config import SYNTHETIC
from models.train.exported import start_from_exported
from models.train.port import start_from_port
from models.train.state import load_checkpoint
from models.train.takeover import take_over

_log = logging.getLogger(__name__)


def start_from(network: nn.Module, run: Path, model: str, inputs: Iterable[Tensor], data: str = SYNTHETIC) -> None:
    """Give `network` the averaged weights of a finished run of the same model; tensors that it lacks stay random.

    run: its folder, or an exported network, a file NAME.onnx, for which `inputs` are batches of real inputs, or for
    `v2v` a checkpoint of the public port, another file, that learned from the data set `data`. Raises ValueError with
    one line where the run is unreadable or of another model.
    """
    if run.suffix == ".onnx":
        taken = f"{start_from_exported(network, run, inputs)} layers"
    elif run.is_file():
        if not isinstance(network, V2VPoseNet):
            raise ValueError(f"{run}: is a file; only --model v2v starts from checkpoints of the public port")
        y_is_up = data != SYNTHETIC and DATASETS[data].center_scale[1] < 0
        taken = f"{start_from_port(network, run, y_is_up)} tensors of the port"
    else:
        saved = load_checkpoint(run, next(network.parameters()).device)
        if saved.config["model"] != model:
            raise ValueError(f"{run}: holds a checkpoint of model {saved.config['model']!r}, not {model!r}")
        taken = f"{take_over(network, saved.average, run)} of {len(network.state_dict())} tensors"
    _log.info("starts from %s: %s", run, taken)

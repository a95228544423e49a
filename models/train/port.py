"""Weights of the public PyTorch port of V2V-PoseNet (github.com/dragonbook/V2V-PoseNet-pytorch) for our `v2v`.

Both networks are the paper's, layer for layer, so that each tensor has one place. Two things differ:

- The names of the layers, see `LAYERS`.
- Where a data set's authors have +Y up, the port's volumes have, too, and ours have +Y down. A network of convolutions
  whose kernels are turned round along y answers to a volume turned round with its answer turned round, so the kernels
  are turned round.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from models.networks.v2v import V2VPoseNet

LAYERS: dict[str, str] = {
    "front.0": "front_layers.0.block",
    "front.2": "front_layers.2",
    "front.3": "front_layers.3",
    "front.4": "front_layers.4",
    "hourglass.skip_fine": "encoder_decoder.skip_res1",
    "hourglass.encode_middle.1": "encoder_decoder.encoder_res1",
    "hourglass.skip_middle": "encoder_decoder.skip_res2",
    "hourglass.encode_coarse.1": "encoder_decoder.encoder_res2",
    "hourglass.bottom.0": "encoder_decoder.mid_res",
    "hourglass.bottom.1": "encoder_decoder.decoder_res2",
    "hourglass.up_middle": "encoder_decoder.decoder_upsample2.block",
    "hourglass.decode_middle": "encoder_decoder.decoder_res1",
    "hourglass.up_fine": "encoder_decoder.decoder_upsample1.block",
    "back.0": "back_layers.0",
    "back.1": "back_layers.1.block",
    "back.2": "back_layers.2.block",
    "head": "output_layer",
}
"""Our blocks and the port's."""
PARTS = {"residual": "res_branch", "skip": "skip_con"}
"""The branches of a residual block."""
STATES = ("model_state_dict", "state_dict")
"""Where a checkpoint holds its weights; others are the weights themselves."""
_Y = 3
"""The axis y of a kernel (out, in, x, y, z)."""


def port_name(name: str) -> str:
    """What the port calls a tensor of V2VPoseNet."""
    block = max((ours for ours in LAYERS if name.startswith(f"{ours}.")), key=len)
    rest = name.removeprefix(f"{block}.").split(".")
    return ".".join([LAYERS[block], PARTS.get(rest[0], rest[0]), *rest[1:]])


def start_from_port(network: V2VPoseNet, path: Path, y_is_up: bool) -> int:
    """Give `network` the weights in a checkpoint of the port, read as weights only; returns how many tensors.

    y_is_up: whether the data set that the port learned from has +Y up. Raises ValueError with one line where the file
    is unreadable or of another layout.
    """
    theirs = _read(path)
    placed = {}
    for name, present in network.state_dict().items():
        wanted = port_name(name)
        value = theirs.get(wanted)
        if not isinstance(value, Tensor):
            raise ValueError(f"{path}: is no checkpoint of the port: expected {wanted!r}, found {_some(theirs)}")
        if value.shape != present.shape:
            shapes = f"expected the shape {tuple(present.shape)}, found {tuple(value.shape)}"
            raise ValueError(f"{path}, {wanted}: {shapes}; is it of other joints, or an older layout?")
        placed[name] = value.flip(_Y) if y_is_up and value.dim() == 5 else value
    network.load_state_dict(placed)
    return len(placed)


def _read(path: Path) -> Mapping[str, Any]:
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise ValueError(f"{path}: there is no such file") from None
    except Exception as error:  # torch.load raises many kinds for damaged files
        raise ValueError(f"{path}: is not a readable file of weights ({type(error).__name__})") from error
    for name in STATES:
        if isinstance(content, Mapping) and isinstance(content.get(name), Mapping):
            content = content[name]
    if not isinstance(content, Mapping):
        raise ValueError(f"{path}: expected weights by name, found a {type(content).__name__}")
    return {str(name).removeprefix("module."): value for name, value in content.items()}


def _some(names: Mapping[str, Any]) -> str:
    listed = ", ".join(repr(name) for name in list(names)[:3])
    return f"{len(names)} others ({listed}, ...)" if names else "nothing"

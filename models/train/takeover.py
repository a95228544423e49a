"""Weights of a network for a wider one: the same layers with more channels.

    old outputs = old weights * old inputs + 0 * new inputs

So the wider network gives the same answers at first. Its new channels start at random, and training finds a use for
them. (Growth that preserves the function: Chen, Goodfellow and Shlens, "Net2Net", ICLR 2016; there new channels are
copies of old ones.)
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd


def fitted(network: nn.Module, values: Mapping[str, Tensor], source: Path) -> dict[str, Tensor]:
    """The tensors `values` of another network, made as large as `network` wants them, by the names of its state.

    values: by the same names; a name that `network` does not have is left out. Convolutions and normalisations of
    `network` may have more channels, but not the layers that give its answers. Raises ValueError with one line, which
    names `source`, where a tensor does not fit or no name is known.
    """
    state = network.state_dict()
    modules = dict(network.named_modules())
    normalised = {before for before, after in zip(modules, list(modules.values())[1:]) if isinstance(after, _BatchNorm)}
    placed: dict[str, Tensor] = {}
    changed = []
    for name in values.keys() & state.keys():
        layer, _, part = name.rpartition(".")
        outputs_grow = layer in normalised or isinstance(modules[layer], _BatchNorm)
        tensor = _placed(modules[layer], part, state[name], values[name], outputs_grow)
        if tensor is None:
            changed.append(name)
        else:
            placed[name] = tensor
    if changed or not placed:
        raise ValueError(
            f"{source}: its network is of another shape ({', '.join(sorted(changed)[:3])}); train from the start"
        )
    return placed


def _placed(layer: nn.Module, part: str, present: Tensor, value: Tensor, outputs_grow: bool) -> Tensor | None:
    """`value` in the place of `present`, a part of a layer; None where it does not fit."""
    if present.shape == value.shape:
        return value
    if not isinstance(layer, (_ConvNd, _BatchNorm)) or present.dim() != value.dim():
        return None  # the inputs of a fully connected layer may be anything, so that nobody knows which are new
    outputs = 1 if isinstance(layer, _ConvTransposeNd) and part == "weight" else 0
    channels = value.shape[:2]  # of a vector its one axis
    if present.shape[2:] != value.shape[2:] or any(new < old for new, old in zip(present.shape, channels)):
        return None
    if present.shape[outputs] > channels[outputs] and not outputs_grow:
        return None
    result = present.clone()
    result.narrow(outputs, 0, channels[outputs]).zero_()  # former outputs get nothing from new inputs
    result[tuple(slice(0, count) for count in channels)] = value
    return result


def take_over(network: nn.Module, values: Mapping[str, Tensor], source: Path) -> int:
    """Give `network` the tensors of another as far as it has them, and return how many. Raises as `fitted` does."""
    placed = fitted(network, values, source)
    network.load_state_dict(network.state_dict() | placed)
    return len(placed)

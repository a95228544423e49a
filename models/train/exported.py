"""Weights of an exported network, as its training network holds them: training goes on from an ONNX file.

An export folds each batch normalisation into the convolution before it. Here it is put back: its mean and variance are
measured on real inputs, its weight and bias undo them. So the network answers as the file does, and can learn on.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from models.train.takeover import take_over

_OF_NODES: dict[str, tuple[str, ...]] = {
    "Conv": ("weight", "bias"),
    "ConvTranspose": ("weight", "bias"),
    "Gemm": ("weight", "bias"),
    "BatchNormalization": ("weight", "bias", "running_mean", "running_var"),
}
"""What the inputs of a node after its first are in torch."""
_ROOT = "network"
"""Where a graph of models/export/graphs.py keeps its network."""


def start_from_exported(network: nn.Module, path: Path, inputs: Iterable[Tensor]) -> int:
    """Give `network` the weights of an ONNX file that models.export wrote; layers that only one of them has stay.

    inputs: batches of real inputs, some hundred samples. Returns the number of layers taken over. Raises ValueError
    with one line where the file is unreadable or holds a network that does not fit (models/train/takeover.py).
    """
    layers = _layers(path)
    take_over(network, {f"{name}.{part}": v for name, values in layers.items() for part, v in values.items()}, path)
    modules = dict(network.named_modules())
    layers = {name: values for name, values in layers.items() if name in modules}
    with torch.no_grad():
        _restore(network, _unfolded(network, layers), inputs)
    return len(layers)


def _layers(path: Path) -> dict[str, dict[str, Tensor]]:
    """The tensors of each layer of a file, layers and tensors under torch's names."""
    try:
        graph = onnx.load(str(path)).graph
    except FileNotFoundError:
        raise ValueError(f"{path}: there is no such file") from None
    except Exception as error:  # onnx.load raises protobuf's and its own kinds
        raise ValueError(f"{path}: is not a readable ONNX file ({type(error).__name__})") from error
    stored = {tensor.name: tensor for tensor in graph.initializer}
    # Weights that are kept in 16 bits (models/export/half.py) go by the name behind their Cast.
    stored |= {n.output[0]: stored[n.input[0]] for n in graph.node if n.op_type == "Cast" and n.input[0] in stored}
    found: dict[str, dict[str, Tensor]] = {}
    for node in graph.node:
        parts = _OF_NODES.get(node.op_type, ())
        values = {
            part: torch.from_numpy(numpy_helper.to_array(stored[name]).copy()).float()
            for part, name in zip(parts, node.input[1:])
            if name in stored
        }
        if values:
            found[_layer(node.name)] = values
    return found


def _layer(node: str) -> str:
    """The module of a node: "/network/side/answer/answer.0/Gemm" is of "side.answer.0"."""
    names: list[str] = []
    for scope in node.strip("/").split("/")[:-1]:
        if names and scope.startswith(names[-1] + "."):
            names[-1] = scope
        else:
            names.append(scope)
    return ".".join(names[1:] if names[:1] == [_ROOT] else names)


def _unfolded(network: nn.Module, layers: dict[str, dict[str, Tensor]]) -> dict[_BatchNorm, int]:
    """The normalisations that are folded into one of the layers, set to change nothing, with its number of channels."""
    modules = list(network.named_modules())
    folded = {}
    for (name_before, before), (name, module) in zip(modules, modules[1:]):
        if isinstance(module, _BatchNorm) and name not in layers and name_before in layers:
            module.reset_parameters()  # mean 0, variance 1, weight 1, bias 0
            bias = layers[name_before]["bias"]
            module.weight[: len(bias)] = (1 + module.eps) ** 0.5
            if before.bias is None:
                module.bias[: len(bias)] = bias
            folded[module] = len(bias)
    return folded


def _restore(network: nn.Module, folded: dict[_BatchNorm, int], inputs: Iterable[Tensor]) -> None:
    """Give normalisations the mean and variance of what comes in, and weights and biases that undo both.

    Those of channels that the exported network does not have, which lie behind the others, stay to be learned.
    """
    sums: dict[nn.Module, list[Tensor]] = {module: [] for module in folded}

    def collect(module: nn.Module, arguments: tuple[Tensor]) -> None:
        values = arguments[0].double().transpose(0, 1).flatten(1)  # (C, everything else)
        sums[module].append(torch.stack([values.mean(dim=1), values.square().mean(dim=1)]))

    hooks = [module.register_forward_pre_hook(collect) for module in folded]
    was_training = network.training
    network.eval()
    for batch in inputs:
        network(batch)
    network.train(was_training)
    for hook in hooks:
        hook.remove()
    for module, channels in folded.items():
        mean, square = torch.stack(sums[module]).mean(dim=0)
        variance = (square - mean**2).clamp(min=0)
        assert module.running_mean is not None and module.running_var is not None
        module.running_mean.copy_(mean)
        module.running_var.copy_(variance)
        known = slice(0, channels)
        module.weight[known] = (variance + module.eps).sqrt()[known].float()
        module.bias[known] += mean[known].float()

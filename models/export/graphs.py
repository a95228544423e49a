"""What is exported of a trained network: its decoding included, so that whoever runs it needs no torch."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from models.networks.decode import decode_soft_argmax
from models.train.tasks import ModelTask, PoseTask


class PoseGraph(nn.Module):
    """occupancy (1, 1, D, D, D) uint8 -> joints (1, J, 3) in cube coordinates, confidence (1, J) in 0 .. 1.

    expected (1, J, 4) float32 says where joints are expected, and how far around, in cube edges; a row of
    models.core.heatmaps.NOTHING_EXPECTED says nothing, as does leaving it out in torch. Networks with a side head also
    give right (1,), the probability that the volume shows a right hand.
    """

    inputs = ("occupancy", "expected")

    def __init__(self, network: nn.Module, task: PoseTask) -> None:
        super().__init__()
        self.network, self.task = network, task
        self.outputs = ("joints", "confidence", "right") if task.has_side else ("joints", "confidence")

    def forward(self, occupancy: Tensor, expected: Tensor | None = None) -> tuple[Tensor, ...]:
        outputs = self.network(occupancy.float())
        decoded = self.task.decode(outputs, expected)
        right = () if outputs.right is None else (torch.sigmoid(outputs.right),)
        return decoded.joints, decoded.confidence, *right


class EnsembleGraph(nn.Module):
    """The mean of what several pose graphs of one task give: the paper's epoch ensemble (section 5.2) as one graph."""

    inputs = PoseGraph.inputs

    def __init__(self, graphs: Sequence[PoseGraph]) -> None:
        super().__init__()
        self.graphs = nn.ModuleList(graphs)
        self.outputs = graphs[0].outputs

    def forward(self, occupancy: Tensor, expected: Tensor | None = None) -> tuple[Tensor, ...]:
        outputs = [graph(occupancy, expected) for graph in self.graphs]
        return tuple(torch.stack(each).mean(dim=0) for each in zip(*outputs))


class ReferenceGraph(nn.Module):
    """crops (N, 1, S, S) float32 -> offset (N, 3) in crop sizes, presence (N,) in 0 .. 1."""

    inputs, outputs = ("crops",), ("offset", "presence")

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        outputs = self.network(crops)
        return outputs.offset, torch.sigmoid(outputs.presence)


class DecodingGraph(nn.Module):
    """logits (1, J, D, D, D) and what is expected (1, J, 4) -> joints (1, J, 3), confidence (1, J), as of PoseGraph."""

    inputs, outputs = ("logits", "expected"), ("joints", "confidence")

    def forward(self, logits: Tensor, expected: Tensor) -> tuple[Tensor, Tensor]:
        decoded = decode_soft_argmax(logits, expected)
        return decoded.joints, decoded.confidence


Graph = PoseGraph | EnsembleGraph | ReferenceGraph | DecodingGraph


def make_graph(networks: Sequence[nn.Module], task: ModelTask) -> Graph:
    """What is exported for a task, in evaluation mode; several networks answer with their mean.

    Raises ValueError for several reference networks.
    """
    graph: Graph
    if isinstance(task, PoseTask):
        graphs = [PoseGraph(network, task) for network in networks]
        graph = graphs[0] if len(graphs) == 1 else EnsembleGraph(graphs)
    elif len(networks) == 1:
        graph = ReferenceGraph(networks[0])
    else:
        raise ValueError("an ensemble is of pose networks; this run is of a reference network")
    return graph.eval()

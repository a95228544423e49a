"""The four compared networks: shapes, like sizes, gradients, axes of the volumes, and that they can learn."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from models.ablation.learning import TABLE_1, found_joints
from models.networks.baselines import (
    JOINTS,
    DepthToCoordinates,
    DepthToLikelihood,
    VoxelsToCoordinates,
    VoxelsToLikelihood,
)
from models.networks.compact import CompactNet
from models.networks.hourglass import VOLUME_WIDTHS
from models.train.tasks import soft_loss

NETWORKS = (DepthToCoordinates, DepthToLikelihood, VoxelsToCoordinates, VoxelsToLikelihood)
SMALL = {"joints": 2, "widths": (8, 8, 8)}


def inputs_of(kind: type[nn.Module], count: int) -> torch.Tensor:
    """Different inputs of the kind's shape: sparse voxels, or depths with holes."""
    shape = (count, 1, *[44] * (2 if kind in NETWORKS[:2] else 3))
    random = torch.rand(shape, generator=torch.Generator().manual_seed(4))
    return (random < 0.05).float() if len(shape) == 5 else torch.where(random < 0.3, 1.0, 2 * random - 1)


def parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_network_gives_coordinates_or_a_volume_a_joint(kind):
    with torch.device("meta"):
        outputs = kind(joints=14)(torch.empty(3, 1, *[44] * (2 if kind in NETWORKS[:2] else 3)))
    likelihood = kind in (DepthToLikelihood, VoxelsToLikelihood)
    assert outputs.shape == ((3, 14, 22, 22, 22) if likelihood else (3, 14, 3))


def test_the_four_have_about_as_many_parameters():
    sizes = [parameters(run.build()) for run in TABLE_1]
    assert max(sizes) < 1.2 * min(sizes)


def test_voxels_to_likelihood_is_a_narrow_compact_network_without_its_other_heads():
    compact = CompactNet(widths=VOLUME_WIDTHS)
    heads = parameters(compact.side) + parameters(compact.decoder.middle_head)
    assert parameters(VoxelsToLikelihood()) == parameters(compact) - heads


@pytest.mark.parametrize("kind", NETWORKS)
def test_every_parameter_gets_a_gradient(kind):
    network = kind(**SMALL)
    network(inputs_of(kind, 3)).square().sum().backward()
    without = [name for name, p in network.named_parameters() if p.grad is None or p.grad.abs().max() == 0]
    assert without == []


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_network_learns_a_few_hands_by_heart(kind):
    torch.manual_seed(2)
    network, inputs = kind(**SMALL), inputs_of(kind, 4)
    truth = torch.rand(4, 2, 3) - 0.5
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    errors = []
    for _ in range(60):
        outputs = network(inputs)
        errors.append((found_joints(outputs) - truth).norm(dim=-1).mean().item())
        loss = soft_loss(outputs, truth)[0] if outputs.ndim == 5 else (outputs - truth).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert errors[-1] < 0.4 * errors[0]


def test_the_depth_map_s_channels_are_the_depths_of_its_volumes():
    class OnePlace(nn.Module):
        """High at joint 3, depth 5, row 7 (y), column 9 (x) only."""

        def forward(self, *_: torch.Tensor) -> torch.Tensor:
            maps = torch.zeros(1, JOINTS * 22, 22, 22)
            maps[0, 3 * 22 + 5, 7, 9] = 50
            return maps

    network = DepthToLikelihood()
    network.decoder = OnePlace()
    volumes = network(torch.zeros(1, 1, 44, 44))
    assert volumes.nonzero().tolist() == [[0, 3, 9, 7, 5]]
    x, y, z = found_joints(volumes)[0, 3].tolist()
    assert (x, y, z) == pytest.approx((9.5 / 22 - 0.5, 7.5 / 22 - 0.5, 5.5 / 22 - 0.5), abs=1e-4)


@pytest.mark.parametrize("kind", NETWORKS[:2])
def test_what_was_not_measured_has_no_depth(kind):
    network = kind(**SMALL)
    seen = []
    network.encoder.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    crops = torch.full((1, 1, 44, 44), 1.0)
    crops[0, 0, 4, 5] = -0.5
    network.eval()(crops)
    assert seen[0][0, 0].nonzero().tolist() == seen[0][0, 1].nonzero().tolist() == [[4, 5]]
    assert seen[0][0, :, 4, 5].tolist() == [-0.5, 1.0]

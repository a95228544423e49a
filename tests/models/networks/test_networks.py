"""Sizes, shapes and laws of the networks. Shapes are taken on torch's meta device, which computes nothing."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from models.networks.blocks import BasicBlock, DownsamplingBlock, ResidualBlock, UpsamplingBlock
from models.networks.compact import CompactNet
from models.networks.refine import RefineNet
from models.networks.v2v import V2VPoseNet, first_blocks


def parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (BasicBlock(3, 5, kernel=7), (1, 5, 9, 9, 9)),
        (BasicBlock(3, 5, kernel=1), (1, 5, 9, 9, 9)),
        (ResidualBlock(3, 5), (1, 5, 9, 9, 9)),
        (DownsamplingBlock(), (1, 3, 4, 4, 4)),
        (UpsamplingBlock(3, 5), (1, 5, 18, 18, 18)),
        (UpsamplingBlock(3, 5, kernel=3), (1, 5, 19, 19, 19)),
    ],
)
def test_blocks_give_the_resolution_and_channels_they_state(block, expected):
    assert block(torch.rand(1, 3, 9, 9, 9)).shape == expected


def test_a_residual_block_that_keeps_its_channels_starts_from_its_input():
    block = ResidualBlock(4, 4).eval()
    for parameter in block.residual.parameters():
        nn.init.zeros_(parameter)
    volumes = torch.rand(2, 4, 5, 5, 5)
    assert torch.equal(block(volumes), volumes)


def test_the_paper_network_has_the_published_size():
    assert parameters(V2VPoseNet(joints=21)) == 3_410_453


def test_the_paper_network_takes_88_voxels_to_44():
    with torch.device("meta"):
        network = V2VPoseNet(joints=21)
        assert network(torch.empty(2, 1, 88, 88, 88)).volumes.shape == (2, 21, 44, 44, 44)


def test_the_first_blocks_in_the_way_of_gpus_are_the_same_blocks():
    network = V2VPoseNet()
    block, occupancy = network.front[0], (torch.rand(2, 1, 16, 16, 16) < 0.1).float()
    nn.init.normal_(block[0].weight, std=0.1)
    nn.init.normal_(block[0].bias, std=0.1)
    weights = torch.randn(2, 16, 8, 8, 8)
    results = []
    for blocks in (network.front[:2], lambda volumes: first_blocks(volumes, block)):
        block[1].reset_running_stats()
        network.train().zero_grad()
        trained = blocks(occupancy)
        (trained * weights).sum().backward()
        network.eval()
        statistics = block[1].running_mean.clone(), block[1].running_var.clone()
        results.append([trained, block[0].weight.grad.clone(), *statistics, blocks(occupancy)])
    for plain, of_gpus in zip(*results):
        torch.testing.assert_close(of_gpus, plain, rtol=1e-4, atol=1e-4)


def test_the_paper_network_starts_from_small_normal_weights():
    network = V2VPoseNet(joints=21)
    weights = torch.cat(
        [m.weight.flatten() for m in network.modules() if isinstance(m, (nn.Conv3d, nn.ConvTranspose3d))]
    )
    assert weights.std().item() == pytest.approx(0.001, rel=0.01)
    assert abs(weights.mean().item()) < 1e-5
    assert all(m.bias.abs().max() == 0 for m in network.modules() if isinstance(m, nn.Conv3d))


def test_the_compact_network_takes_44_voxels_to_22_and_stays_small():
    assert parameters(CompactNet()) == 3_261_254
    with torch.device("meta"):
        outputs = CompactNet(joints=14)(torch.empty(3, 1, 44, 44, 44))
    assert outputs.volumes.shape == (3, 14, 22, 22, 22)
    assert outputs.right.shape == (3,)


def test_the_middle_head_of_the_compact_network_starts_as_nothing_and_adds_to_the_answer():
    network = CompactNet(joints=2, widths=(2, 3, 4)).eval()
    volumes = torch.rand(1, 1, 44, 44, 44)
    before = network(volumes).volumes
    head, network.decoder.middle_head = network.decoder.middle_head, None
    assert torch.equal(network(volumes).volumes, before)
    network.decoder.middle_head = head
    nn.init.ones_(head.weight)
    assert not torch.equal(network(volumes).volumes, before)


def test_every_parameter_of_the_compact_network_gets_a_gradient():
    network = CompactNet(joints=2, widths=(2, 3, 4))
    nn.init.normal_(network.decoder.middle_head.weight)  # it starts as nothing
    outputs = network(torch.rand(2, 1, 44, 44, 44))
    (outputs.volumes.square().sum() + outputs.right.square().sum()).backward()
    without = [name for name, p in network.named_parameters() if p.grad is None or p.grad.abs().max() == 0]
    assert without == []


def test_the_reference_network_gives_an_offset_and_presence_a_crop():
    outputs = RefineNet().eval()(torch.rand(5, 1, 48, 48))
    assert outputs.offset.shape == (5, 3)
    assert outputs.presence.shape == (5,)
    assert outputs.points.shape == (5, 22, 3)
    assert outputs.maps.shape == (5, 22, 24, 24)
    assert torch.equal(outputs.offset, outputs.points[:, 0])


def test_an_offset_is_in_the_middle_of_its_map_and_as_deep_as_the_crop_there():
    """A flat map and no learned distance: the middle of the crop, as deep as what it shows."""
    network = RefineNet().eval()
    nn.init.zeros_(network.head.weight)
    nn.init.zeros_(network.head.bias)
    crop = torch.full((1, 1, 48, 48), 0.4)
    offset = network(crop).offset[0]
    assert offset.tolist() == pytest.approx([0, 0, 0.2], abs=1e-5)

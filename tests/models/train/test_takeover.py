"""Weights in a network with more channels: it answers as the narrower one, and what does not fit is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from models.networks.compact import CompactNet
from models.train.takeover import fitted, take_over

SOURCE = Path("runs/before")


def compact(widths: tuple[int, int, int], joints: int = 3) -> CompactNet:
    """A network whose normalisations have seen something, and whose every layer counts."""
    network = CompactNet(joints, widths)
    nn.init.normal_(network.decoder.middle_head.weight)
    network.train()(torch.rand(4, 1, 44, 44, 44))
    return network.eval()


def test_a_network_with_more_channels_answers_as_the_narrower_one():
    torch.manual_seed(3)
    narrow, wide = compact((2, 3, 4)), compact((3, 5, 7))
    volumes = torch.rand(2, 1, 44, 44, 44)
    assert take_over(wide, narrow.state_dict(), SOURCE) == len(narrow.state_dict())
    with torch.no_grad():
        for was, now in zip(narrow(volumes), wide(volumes)):
            torch.testing.assert_close(now, was)


def test_new_channels_start_to_learn():
    torch.manual_seed(3)
    narrow, wide = compact((2, 3, 4)), compact((3, 5, 7))
    take_over(wide, narrow.state_dict(), SOURCE)
    outputs = wide.train()(torch.rand(2, 1, 44, 44, 44))
    (outputs.volumes.square().sum() + outputs.right.square().sum()).backward()
    head = wide.decoder.head.weight
    assert head[:, 2:].abs().max() == 0 and head.grad[:, 2:].abs().max() > 0


def test_layers_that_only_one_of_them_has_are_left_alone():
    narrow = {name: value for name, value in compact((2, 3, 4)).state_dict().items() if "side" not in name}
    wide = CompactNet(3, (2, 3, 4))
    assert not any("side" in name for name in fitted(wide, narrow | {"unknown.weight": torch.zeros(2)}, SOURCE))


@pytest.mark.parametrize("other", [CompactNet(3, (2, 3, 3)), CompactNet(4, (2, 3, 4))])
def test_fewer_channels_or_other_joints_are_one_clear_line(other):
    with pytest.raises(ValueError, match=r"runs/before: its network is of another shape") as refused:
        fitted(other, compact((2, 3, 4)).state_dict(), SOURCE)
    assert "\n" not in str(refused.value)


def test_inputs_of_a_fully_connected_layer_are_not_guessed():
    with pytest.raises(ValueError, match="another shape"):
        fitted(nn.Linear(5, 2), nn.Linear(4, 2).state_dict(), SOURCE)

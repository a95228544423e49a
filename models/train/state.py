"""What a run carries from step to step and over being killed: averaged weights and checkpoints."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import torch
from torch import Tensor, nn

from models.core.protocol import PROTOCOLS
from models.data.registry import DATASETS
from models.outputs import write_whole
from models.train.config import SYNTHETIC, ModelName, Recipe

CHECKPOINT = "checkpoint.pt"
EPOCHS = 10
"""A run is counted in tenths, as the paper's runs are in epochs; the weights at the end of each are kept."""

FORMER_RECIPES = {"soft": "best"}
"""What older checkpoints call a recipe, and what it is called now."""


def epoch_path(folder: Path, epoch: int) -> Path:
    """The file of the weights after `epoch` (1 .. EPOCHS) tenths of a run."""
    return folder / f"epoch_{epoch:02d}.pt"


class WeightAverage:
    """Exponential moving average of a network's weights and batch statistics, float32.

    Early on the decay is shorter, (1 + n) / (10 + n) after n steps, so that the random start is forgotten.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.steps = 0
        self.values: dict[str, Tensor] = {k: v.detach().clone() for k, v in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """Take in the network's present weights."""
        self.steps += 1
        weight = 1 - min(self.decay, (1 + self.steps) / (10 + self.steps))
        state = network.state_dict()
        names = [k for k, v in self.values.items() if v.is_floating_point()]
        torch._foreach_lerp_([self.values[k] for k in names], [state[k] for k in names], weight)
        for name, value in self.values.items():
            if not value.is_floating_point():
                value.copy_(state[name])


@dataclass(slots=True)
class Checkpoint:
    """samples: seen by all processes. elapsed_s: time spent training. config: the run's TrainConfig as a dict."""

    network: dict[str, Tensor]
    average: dict[str, Tensor]
    average_steps: int
    optimizer: dict[str, Any]
    samples: int
    steps: int
    elapsed_s: float
    config: dict[str, Any]

    def save(self, folder: Path) -> None:
        """Replace the folder's checkpoint, whole or not at all."""
        buffer = io.BytesIO()
        torch.save({name: getattr(self, name) for name in self.__slots__}, buffer)
        write_whole(folder / CHECKPOINT, buffer.getvalue())


def check_known(run: Path, config: dict[str, Any]) -> None:
    """Raise ValueError where a run's configuration names a model, recipe or data set that there is not."""
    known = {"model": get_args(ModelName), "recipe": get_args(Recipe), "protocol": tuple(PROTOCOLS)}
    known["data"] = (SYNTHETIC, *DATASETS)
    for name, choices in known.items():
        if config.get(name) not in choices:
            raise ValueError(f"{run}: its {name} is {config.get(name)!r}, expected one of {', '.join(choices)}")
    if not isinstance(config.get("seed"), int):
        raise ValueError(f"{run}: its seed is {config.get('seed')!r}, expected a whole number")


def give_weights(network: nn.Module, weights: dict[str, Tensor], source: Path) -> None:
    """Load a network's state. Raises ValueError with one line, which names `source`, where it is another network's."""
    try:
        network.load_state_dict(weights)
    except (RuntimeError, TypeError, AttributeError):
        raise ValueError(f"{source}: its weights are those of another network; train again or choose another") from None


def save_epoch(folder: Path, epoch: int, network: dict[str, Tensor]) -> None:
    """Keep the weights as they are after a tenth of the run, not averaged."""
    buffer = io.BytesIO()
    torch.save(network, buffer)
    write_whole(epoch_path(folder, epoch), buffer.getvalue())


def load_epoch(folder: Path, epoch: int) -> dict[str, Tensor]:
    """The weights after a tenth of a run. Raises ValueError with one line where they are missing or unreadable."""
    path = epoch_path(folder, epoch)
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise ValueError(f"{path}: there are no such weights; the run has not come so far") from None
    except Exception as error:  # torch.load raises many kinds for damaged files
        raise ValueError(f"{path}: is not a readable file of weights ({type(error).__name__})") from error


def load_checkpoint(folder: Path, device: torch.device | str = "cpu") -> Checkpoint:
    """The checkpoint of a run. Raises ValueError with one line where it is missing or unreadable."""
    path = folder / CHECKPOINT
    try:
        saved = Checkpoint(**torch.load(path, map_location=device, weights_only=True))
        recipe = saved.config["recipe"]
        saved.config["recipe"] = FORMER_RECIPES.get(recipe, recipe)
        saved.config = {"data": SYNTHETIC, "root": "", "held_out": None, "protocol": "ours"} | saved.config
        return saved
    except FileNotFoundError:
        raise ValueError(f"{path}: there is no checkpoint; train first (python -m models.train)") from None
    except Exception as error:  # torch.load raises many kinds for damaged files
        raise ValueError(f"{path}: is not a readable checkpoint ({type(error).__name__})") from error

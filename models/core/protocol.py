"""How a data set is trained on and measured: the paper's way, or this project's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ProtocolName = Literal["ours", "paper"]


@dataclass(frozen=True, slots=True)
class Protocol:
    """One way to measure.

    keeps_flying: flying pixels stay in the volumes. highest_voxel: a joint is at the highest voxel of its volume, else
    below the voxel. counts_all: a frame counts however little is measured in its cube.
    """

    name: ProtocolName
    keeps_flying: bool
    highest_voxel: bool
    counts_all: bool
    words: str


OURS = Protocol("ours", False, False, False, "joints below the voxel, flying pixels dropped, frames that show the hand")
PAPER = Protocol("paper", True, True, True, "joints at the highest voxel, flying pixels kept, every frame")
PROTOCOLS: dict[str, Protocol] = {"ours": OURS, "paper": PAPER}

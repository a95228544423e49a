"""What papers report on the public data sets: mean joint error, and for ITOP the share of joints within 10 cm."""

from __future__ import annotations

from dataclasses import dataclass

PAPER = "Moon, Chang, Lee: V2V-PoseNet, CVPR 2018"


@dataclass(frozen=True, slots=True)
class Published:
    """A published result. mean_error_mm: over all joints of all test frames; map_10cm in 0..1; None where not given."""

    method: str
    source: str
    mean_error_mm: float | None = None
    map_10cm: float | None = None


def _v2v(mean_error_mm: float | None = None, map_10cm: float | None = None) -> Published:
    return Published("V2V-PoseNet", PAPER, mean_error_mm, map_10cm)


A2J = ("A2J", "Xiong et al., ICCV 2019")
AWR = ("AWR", "Huang et al., AAAI 2020")
TRIHORN = ("TriHorn-Net", "Rezaei et al., Expert Systems with Applications 2023")
FOLDING = ("HandFoldingNet", "Cheng et al., ICCV 2021")
VIEWS = ("Virtual View Selection, 15 views", "Cheng et al., AAAI 2022")

PUBLISHED: dict[str, tuple[Published, ...]] = {
    "nyu": (
        _v2v(8.42),
        Published(*A2J, 8.61),
        Published(*AWR, 7.70),
        Published(*TRIHORN, 7.68),
        Published(*FOLDING, 8.58),
        Published(*VIEWS, 6.41),
    ),
    "icvl": (
        _v2v(6.28),
        Published(*A2J, 6.46),
        Published(*TRIHORN, 5.74),
        Published(*FOLDING, 5.96),
        Published(*VIEWS, 4.77),
    ),
    "msra": (_v2v(7.59), Published(*TRIHORN, 7.13), Published(*FOLDING, 7.34)),
    "hands2017": (_v2v(9.95),),
    "itop_front": (_v2v(map_10cm=0.8874),),
    "itop_top": (_v2v(map_10cm=0.8344),),
}
"""By data set, the paper of this project's network first. Those of V2V-PoseNet are of the ensemble over ten epochs."""

"""The two things that are learned: poses from volumes, and the reference point from depth crops."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.core.protocol import PROTOCOLS, ProtocolName
from models.core.skeleton import HAND, Skeleton
from models.data.registry import DATASETS
from models.networks.compact import CompactNet
from models.networks.decode import (
    Decoded,
    PoseOutput,
    axis_gaussians,
    decode_local_mean,
    decode_soft_argmax,
    expected_likelihood,
    gaussian_volumes,
    highest_voxel,
    separable_sum,
    sharpened_expectation,
)
from models.networks.refine import RefineNet, RefineOutput
from models.networks.v2v import V2VPoseNet
from models.train.augmentation import SYNTHETIC_AUGMENTATION, Augmentation, paper_augmentation
from models.train.config import SYNTHETIC, ModelName, Recipe
from models.train.data import DataSpec, PoseBatch, ReferenceBatch

PAPER_SIGMA_VOXELS = 1.7
COORDINATE_WEIGHT = 100.0
"""Of a distance in cube edges beside the cross entropy: 1 cm of a 25 cm cube counts 4."""
CROP_OF_CUBE = 1.2
"""Width of the reference network's crop on a data set, in edges of its cube."""
MIRRORED_SHARE = 0.25
"""Share of volumes that a network with a side head sees mirrored while it trains, to tell sides.

It does not learn the poses of these: the back of a flat hand looks much like the palm of the other hand, and a network
that learned both poses may answer with the wrong one.
"""


class StepLoss(NamedTuple):
    """total: the scalar to minimise. error_mm: a detached scalar for people, the mean error of the batch."""

    total: Tensor
    error_mm: Tensor


def soft_loss(logits: Tensor, joints_cube: Tensor) -> tuple[Tensor, Tensor]:
    """Loss of logits (B, J, D, D, D) against joints (B, J, 3), and the joints found (B, J, 3), cube coordinates.

    Cross entropy between the softmax over voxels and a normalised Gaussian of one voxel, plus the distance of the
    sharpened soft-argmax. Joints outside the cube are aimed for at its border.
    """
    b, j, d = logits.shape[:3]
    target = joints_cube.clamp(-0.5, 0.5)
    log_probabilities = torch.log_softmax(logits.float().reshape(b, j, -1), dim=-1).reshape(b, j, d, d, d)
    # The Gaussian is a product of one a axis, so its inner product with the volume needs no volume of targets.
    weights = torch.softmax(axis_gaussians(target, d, sigma_voxels=1.0), dim=-1)
    cross_entropy = -separable_sum(log_probabilities, weights).mean()
    found = sharpened_expectation(log_probabilities)
    distance = (found - target).norm(dim=-1).mean()
    return cross_entropy + COORDINATE_WEIGHT * distance, found


def paper_loss(volumes: Tensor, joints_cube: Tensor) -> tuple[Tensor, Tensor]:
    """Squared error of volumes (B, J, D, D, D) to Gaussians of peak 1 at joints (B, J, 3), and the joints found."""
    d = volumes.shape[-1]
    loss = functional.mse_loss(volumes.float(), gaussian_volumes(joints_cube, d, PAPER_SIGMA_VOXELS))
    with torch.no_grad():
        found = decode_local_mean(volumes.detach()).joints
    return loss, found


def side_loss(right: Tensor, truth: Tensor) -> Tensor:
    """Cross entropy of logits (B,), weighted as if as many volumes were mirrored as not."""
    weight = 0.5 / torch.where(truth > 0.5, 1 - MIRRORED_SHARE, MIRRORED_SHARE)
    return functional.binary_cross_entropy_with_logits(right.float(), truth, weight)


class Task(Protocol):
    """What a Trainer needs to know of what is learned.

    Each task has its own kind of batch, which the run's source makes, and of outputs, which its network gives.
    """

    def build(self) -> nn.Module:
        """The network with random weights."""

    @property
    def resolution(self) -> int:
        """Cells an axis of what goes into the network."""

    def inputs(self, batch: Any) -> Tensor:
        """What of a batch goes into the network."""

    def loss(self, outputs: Any, batch: Any) -> StepLoss:
        """How far the network's outputs are off."""


class StreamTask(Task, Protocol):
    """A task that learns from endless synthetic samples, and is measured on others of them."""

    def data(self, batch: int, reuse: int) -> DataSpec:
        """What its batches are made of."""

    def evaluate(self, network: nn.Module, held_out: Iterable[Any]) -> dict[str, float]:
        """Figures of an evaluation-mode network."""


def _reference_point(data: str) -> str:
    return "palm" if data == SYNTHETIC else "joint mean"


@dataclass(frozen=True, slots=True)
class PoseTask:
    """Joints of a right hand, or a body, from occupancy.

    cube_m: edge of the cube, metres. skeleton: the joints. data: what it learns from. On synthetic hands `compact` also
    learns whether a hand is a right one; the hands of a data set are all of one side. protocol: how it decodes.
    """

    model: ModelName
    recipe: Recipe
    cube_m: float
    skeleton: Skeleton = HAND
    data_name: str = SYNTHETIC
    protocol: ProtocolName = "ours"

    def build(self) -> nn.Module:
        joints = len(self.skeleton.joints)
        return CompactNet(joints, sided=self.has_side) if self.model == "compact" else V2VPoseNet(joints)

    @property
    def resolution(self) -> int:
        return CompactNet.input_resolution if self.model == "compact" else V2VPoseNet.input_resolution

    @property
    def has_side(self) -> bool:
        """Whether the network also tells right hands from mirrored ones."""
        return self.model == "compact" and self.data_name == SYNTHETIC

    @property
    def reference_point(self) -> str:
        """Where the cube is centred, by its name in models.core.skeleton.REFERENCE_POINTS."""
        return _reference_point(self.data_name)

    @property
    def augmentation(self) -> Augmentation:
        """How clouds are changed while training: the frames of a data set as in the paper, whatever the recipe."""
        return SYNTHETIC_AUGMENTATION if self.data_name == SYNTHETIC else paper_augmentation(self.cube_m)

    def data(self, batch: int, reuse: int) -> DataSpec:
        mirrored = MIRRORED_SHARE if self.has_side else 0.0
        spec = DataSpec("pose", batch, reuse, self.cube_m, self.resolution, mirrored, augmentation=self.augmentation)
        rendered = self.data_name == SYNTHETIC
        return replace(spec, bends=rendered, sizes=rendered)

    def inputs(self, batch: PoseBatch) -> Tensor:
        return batch.occupancy.float()

    def decode(self, outputs: PoseOutput, expected: Tensor | None = None) -> Decoded:
        """Joints of the outputs, and of `expected` where something was known before (models/networks/decode.py)."""
        is_logits, volumes = self.recipe == "best", outputs.volumes
        decoded = (decode_soft_argmax if is_logits else decode_local_mean)(volumes, expected)
        if not PROTOCOLS[self.protocol].highest_voxel:
            return decoded
        if expected is not None:
            likelihood = expected_likelihood(expected, volumes.shape[-1])
            volumes = volumes.float() + torch.log(likelihood) if is_logits else volumes.float() * likelihood
        return decoded._replace(joints=highest_voxel(volumes))

    def loss(self, outputs: PoseOutput, batch: PoseBatch) -> StepLoss:
        """Of the joints of right hands, and with a side head of the sides of all."""
        volumes, joints = outputs.volumes, batch.joints_cube
        if outputs.right is not None:
            is_right = batch.right > 0.5
            volumes, joints = volumes[is_right], joints[is_right]
        total, found = (soft_loss if self.recipe == "best" else paper_loss)(volumes, joints)
        if outputs.right is not None:
            total = total + side_loss(outputs.right, batch.right)
        error = (found.detach() - joints).norm(dim=-1).mean()
        return StepLoss(total, 1000 * self.cube_m * error)

    def evaluate(self, network: nn.Module, held_out: Iterable[PoseBatch]) -> dict[str, float]:
        """`figures` of the errors of an evaluation-mode network on held-out batches.

        With a side head also the share of volumes and their mirror images that it tells apart.
        """
        errors, sides = [], []
        for batch in held_out:
            outputs = network(self.inputs(batch))
            found = self.decode(outputs).joints
            errors.append(1000 * self.cube_m * (found - batch.joints_cube).norm(dim=-1))
            if outputs.right is not None:
                sides += [outputs.right > 0, network(self.inputs(batch).flip(2)).right <= 0]
        figures = self.figures(torch.cat(errors))
        return figures | ({"side_accuracy": torch.cat(sides).float().mean().item()} if sides else {})

    def figures(self, error_mm: Tensor) -> dict[str, float]:
        """Mean and median of errors (N, J); for the project's hand also the mean without the wrist."""
        figures = {"error_mm": error_mm.mean().item(), "error_mm_median": error_mm.median().item()}
        if self.skeleton is HAND:
            figures["error_mm_without_wrist"] = error_mm[:, 1:].mean().item()
        return figures


@dataclass(frozen=True, slots=True)
class ReferenceTask:
    """Offset to the reference point and presence from a depth crop of `crop_m` metres."""

    crop_m: float
    skeleton: Skeleton = HAND
    data_name: str = SYNTHETIC
    protocol: ProtocolName = "ours"

    def build(self) -> nn.Module:
        return RefineNet(len(self.skeleton.joints))

    @property
    def resolution(self) -> int:
        return RefineNet.input_resolution

    @property
    def reference_point(self) -> str:
        """What is looked for, by its name in models.core.skeleton.REFERENCE_POINTS."""
        return _reference_point(self.data_name)

    def data(self, batch: int, reuse: int) -> DataSpec:
        return DataSpec("reference", batch)

    def inputs(self, batch: ReferenceBatch) -> Tensor:
        return batch.crops

    def loss(self, outputs: RefineOutput, batch: ReferenceBatch) -> StepLoss:
        """Where there is a hand, smooth L1 of points and cross entropy of their maps; cross entropy of presence.

        The reference point weighs as much as the joints together.
        """
        hands = batch.presence.sum().clamp(min=1)
        # A point 1 cm off in a 30 cm crop is 0.03 off: beyond that outliers should count linearly.
        distance = functional.smooth_l1_loss(outputs.points, batch.points, beta=0.03, reduction="none").sum(dim=-1)
        each = 10 * distance + map_cross_entropy(outputs.maps, batch.points)
        of_hand = each[:, 0] + each[:, 1:].mean(dim=1)
        presence = functional.binary_cross_entropy_with_logits(outputs.presence, batch.presence)
        total = presence + (of_hand * batch.presence).sum() / hands
        error = ((outputs.offset.detach() - batch.points[:, 0]).norm(dim=-1) * batch.presence).sum() / hands
        return StepLoss(total, 1000 * self.crop_m * error)

    def evaluate(self, network: nn.Module, held_out: Iterable[ReferenceBatch]) -> dict[str, float]:
        """Offset error where there is a hand, the share of them within 20 mm, and of right answers on presence."""
        distances, presence_right = [], []
        for batch in held_out:
            outputs = network(batch.crops)
            hand = batch.presence > 0.5
            distances.append(1000 * self.crop_m * (outputs.offset - batch.points[:, 0]).norm(dim=-1)[hand])
            presence_right.append((outputs.presence > 0) == hand)
        distance = torch.cat(distances)
        return {
            "error_mm": distance.mean().item(),
            "error_mm_median": distance.median().item(),
            "within_20_mm": (distance < 20).float().mean().item(),
            "presence_accuracy": torch.cat(presence_right).float().mean().item(),
        }


def map_cross_entropy(maps: Tensor, points: Tensor) -> Tensor:
    """Cross entropy (B, P) between the softmax of maps (B, P, D, D) and Gaussians of one cell at points (B, P, 3).

    Points are fractions of the crop; those outside are aimed for at its border.
    """
    b, p, d, _ = maps.shape
    gx, gy = torch.softmax(axis_gaussians(points[..., :2].clamp(-0.5, 0.5), d, sigma_voxels=1.0), dim=-1).unbind(dim=2)
    log_probabilities = torch.log_softmax(maps.flatten(2), dim=-1).reshape(b, p, d, d)
    return -((log_probabilities @ gx.unsqueeze(-1)).squeeze(-1) * gy).sum(dim=-1)


ModelTask = PoseTask | ReferenceTask
"""What a network that can be exported learns."""


def make_task(model: ModelName, recipe: Recipe, data: str = SYNTHETIC, protocol: ProtocolName = "ours") -> ModelTask:
    """The task of a model on synthetic hands or a data set, with the sizes that the data is made for.

    Raises ValueError for another recipe.
    """
    if recipe not in get_args(Recipe):
        raise ValueError(f"recipe: expected one of {', '.join(get_args(Recipe))}, got {recipe!r}")
    if data != SYNTHETIC:
        dataset = DATASETS[data]
        if model == "reference":
            return ReferenceTask(CROP_OF_CUBE * dataset.cube_m, dataset.skeleton, data)
        return PoseTask(model, recipe, dataset.cube_m, dataset.skeleton, data, protocol)
    from models.data.synthetic.samples import POSE_CUBE_M, REFERENCE_CROP_M

    return ReferenceTask(REFERENCE_CROP_M) if model == "reference" else PoseTask(model, recipe, POSE_CUBE_M)

"""Point clouds to volumes on the device that trains, so that a GPU does not wait for its data workers' arithmetic.

The counterpart of models.core.voxels and models.train.augmentation.augmented for whole batches in torch.
"""

from __future__ import annotations

import torch
from torch import Tensor

from models.train.augmentation import SYNTHETIC_AUGMENTATION, Augmentation
from models.train.data import CloudBatch, PoseBatch


def augmented_batch(batch: CloudBatch, ranges: Augmentation = SYNTHETIC_AUGMENTATION) -> CloudBatch:
    """The clouds that are used `again` turned about the optical axis, scaled and moved at random, joints with them."""
    count = len(batch.counts)
    like = batch.joints

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return torch.empty(count, *shape, device=like.device, dtype=like.dtype).uniform_(low, high)

    again = batch.again
    angle, scale = again * uniform(-ranges.rotation_rad, ranges.rotation_rad), 1 + again * (uniform(*ranges.scale) - 1)
    shift = again[:, None] * uniform(-ranges.shift_m, ranges.shift_m, 3)
    cos, sin, zero = scale * torch.cos(angle), scale * torch.sin(angle), torch.zeros_like(angle)
    rows = [torch.stack(row, dim=1) for row in ((cos, -sin, zero), (sin, cos, zero), (zero, zero, scale))]
    transform = torch.stack(rows, dim=1)  # (B, 3, 3)
    joints = batch.joints @ transform.transpose(1, 2) + shift[:, None]
    of = torch.repeat_interleave(batch.counts)
    points = (transform[of] @ batch.points[:, :, None]).squeeze(2) + shift[of]
    return batch._replace(points=points, joints=joints)


def voxelised(batch: CloudBatch, cube_m: float, resolution: int) -> PoseBatch:
    """Volumes and joints in a cube of `cube_m` around each cloud's reference point; mirrored where `right` is 0."""
    clouds, d = len(batch.counts), resolution
    of = torch.repeat_interleave(batch.counts)
    side = torch.where(batch.right > 0.5, 1.0, -1.0).to(batch.points)
    mirror = torch.stack([side, torch.ones_like(side), torch.ones_like(side)], dim=1)  # (B, 3)
    voxels = torch.floor((batch.points * mirror[of] / cube_m + 0.5) * d).long()
    inside = ((voxels >= 0) & (voxels < d)).all(dim=1)
    x, y, z = voxels[inside].unbind(dim=1)
    volumes = torch.zeros(clouds * d**3, dtype=torch.uint8, device=batch.points.device)
    volumes[((of[inside] * d + x) * d + y) * d + z] = 1
    joints = batch.joints * mirror[:, None] / cube_m
    return PoseBatch(volumes.reshape(clouds, 1, d, d, d), joints, batch.right)

"""What depth cameras make of a perfect depth image: noise, lost pixels, flying pixels, shadows and holes.

Stereo and structured light: z = f B / d, so a disparity error e gives z^2 e / (f B) metres (Khoshelham and Elberink,
"Accuracy and resolution of Kinect depth data", Sensors 2012; Keselman et al., "Intel RealSense stereoscopic depth
cameras", CVPR-W 2017). Time of flight: noise grows with distance, and pixels at silhouettes mix two surfaces
(Sarbolandi et al., "Kinect range sensing", CVIU 2015). Matching compares windows of pixels, so that near surfaces grow
over what is behind them and corners become round (foreground fattening; Scharstein and Szeliski, "A taxonomy and
evaluation of dense two-frame stereo correspondence algorithms", IJCV 2002); mixed pixels and filters do the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numba
import numpy as np
from numpy.typing import NDArray

_BANK_SIZE = 512


@dataclass(frozen=True, slots=True)
class Sensor:
    """A depth camera's errors.

    disparity_noise_px, baseline_m: matching noise and baseline (stereo and structured light); 0 baseline: none.
    subpixel: disparity steps a pixel, 0 for no rounding. noise_m, noise_z2: axial noise noise_m + noise_z2 z^2.
    noise_correlation_px: how far neighbouring errors agree. edge_jitter_px: raggedness of silhouettes.
    edge_loss: share of silhouette pixels lost on the near side. flying: share of pixels just behind a silhouette that
    hang in the air; flying_reach_m: how far behind the near surface (mean of an exponential); flying_px: how many
    pixels wide the seam behind a silhouette is that they fly in.
    grazing_loss: share lost on surfaces seen at less than about 10 degrees. shadow: pixels hidden from the second eye
    are lost. hole_share: share of the image in blob-shaped holes. dropout: share of single lost pixels.
    near_m: nothing nearer is measured. fattening_px: radius by which near surfaces grow over what is behind them.
    window_px: odd width of the windows whose median depth a pixel shows, before all noise; 0 for its own. halved: the
    image is one of half the size with each pixel shown as four.
    """

    baseline_m: float = 0.0
    disparity_noise_px: float = 0.0
    subpixel: int = 0
    noise_m: float = 0.0
    noise_z2: float = 0.0
    noise_correlation_px: float = 1.0
    edge_jitter_px: float = 0.5
    edge_loss: float = 0.1
    flying: float = 0.1
    flying_reach_m: float = 0.03
    flying_px: int = 1
    grazing_loss: float = 0.5
    shadow: bool = False
    hole_share: float = 0.002
    dropout: float = 0.0
    near_m: float = 0.1
    fattening_px: int = 0
    window_px: int = 0
    halved: bool = False


STEREO = Sensor(
    baseline_m=0.05, disparity_noise_px=0.08, subpixel=32, noise_correlation_px=1.5, edge_jitter_px=0.8,
    edge_loss=0.15, flying=0.12, flying_reach_m=0.05, shadow=True, hole_share=0.004, near_m=0.16,
)  # fmt: skip
STRUCTURED_LIGHT = Sensor(
    baseline_m=0.026, disparity_noise_px=0.03, noise_correlation_px=1.0, edge_jitter_px=0.5, edge_loss=0.3,
    flying=0.05, grazing_loss=0.8, shadow=True, hole_share=0.004,
)  # fmt: skip
TIME_OF_FLIGHT = Sensor(
    noise_m=0.0015, noise_z2=0.003, noise_correlation_px=0.7, edge_jitter_px=0.3, edge_loss=0.05, flying=0.5,
    flying_reach_m=0.05, grazing_loss=0.3, hole_share=0.001,
)  # fmt: skip


@lru_cache(maxsize=8)
def _noise_bank(correlation_px: float) -> NDArray[np.float32]:
    """Normal noise (3, 512, 512), correlated over `correlation_px`, unit variance; tiles seamlessly."""
    white = np.random.default_rng(0).normal(size=(3, _BANK_SIZE, _BANK_SIZE)).astype(np.float32)
    pad = 16
    tiled = np.pad(white, ((0, 0), (pad, pad), (pad, pad)), mode="wrap")
    smooth = np.stack([cv2.GaussianBlur(layer, (0, 0), max(correlation_px, 0.3)) for layer in tiled])
    smooth = smooth[:, pad:-pad, pad:-pad]
    return np.ascontiguousarray(smooth / smooth.std(axis=(1, 2), keepdims=True))


@numba.njit(cache=True, nogil=True)
def _occlude(depth, valid, focal_baseline):
    """Marks pixels that the second camera, `baseline` to the right, cannot see behind a nearer surface."""
    height, width = depth.shape
    for y in range(height):
        covered = 1e9  # leftmost column of the second image that a nearer surface already fills
        for x in range(width - 1, -1, -1):
            column = x - (focal_baseline / depth[y, x] if depth[y, x] < 1e6 else 0.0)
            if column > covered - 0.5:
                valid[y, x] = False
            elif column < covered:
                covered = column


@numba.njit(cache=True, nogil=True)
def _corrupt(
    depth, noise, edge_noise, hole_noise, offsets, edge_limit, focal, baseline, disparity_noise, subpixel, noise_m,
    noise_z2, edge_jitter, edge_loss, flying, flying_reach, flying_px, grazing_loss, shadow, hole_level,
    dropout, near, rng, out,
):  # fmt: skip
    height, width = depth.shape
    bank = noise.shape[1]
    ragged = np.empty_like(depth)
    valid = np.ones((height, width), dtype=np.bool_)
    for y in range(height):
        for x in range(width):
            by, bx = (y + offsets[0]) % bank, (x + offsets[1]) % bank
            sy = y + int(np.round(edge_jitter * edge_noise[0, by, bx]))
            sx = x + int(np.round(edge_jitter * edge_noise[1, by, bx]))
            ragged[y, x] = depth[min(max(sy, 0), height - 1), min(max(sx, 0), width - 1)]
    if shadow:
        _occlude(ragged, valid, focal * baseline)
    for y in range(height):
        for x in range(width):
            z = ragged[y, x]
            nearest, farthest = z, z
            for dy in range(-1, 2):
                for dx in range(-1, 2):
                    other = ragged[min(max(y + dy, 0), height - 1), min(max(x + dx, 0), width - 1)]
                    nearest, farthest = min(nearest, other), max(farthest, other)
            at_edge = farthest - nearest > edge_limit
            keep = valid[y, x]
            if at_edge and z - nearest > edge_limit:  # just behind a silhouette
                if rng.random() < flying:
                    reach = rng.exponential(flying_reach)
                    if reach < z - nearest:
                        z = nearest + reach
                        keep = True
            elif at_edge and rng.random() < edge_loss:
                keep = False
            elif flying_px > 1 and rng.random() < flying:  # perhaps further behind it
                front = z
                for dy in range(-flying_px, flying_px + 1):
                    for dx in range(-flying_px, flying_px + 1):
                        front = min(front, ragged[min(max(y + dy, 0), height - 1), min(max(x + dx, 0), width - 1)])
                if z - front > edge_limit:
                    reach = rng.exponential(flying_reach)
                    if reach < z - front:
                        z, keep = front + reach, True
            # a step of tan(80 degrees) over one pixel is a grazing view
            if not at_edge and farthest - nearest > 11.0 * z / focal and rng.random() < grazing_loss:
                keep = False
            by, bx = (y + offsets[2]) % bank, (x + offsets[3]) % bank
            if not keep or z > 1e6 or hole_noise[2, by, bx] > hole_level or rng.random() < dropout:
                out[y, x] = 0.0
                continue
            z += noise[0, by, bx] * (noise_m + noise_z2 * z * z)
            if baseline > 0.0:
                disparity = focal * baseline / z + disparity_noise * noise[1, by, bx]
                if subpixel > 0:
                    disparity = np.round(disparity * subpixel) / subpixel
                z = focal * baseline / max(disparity, 1e-6)
            out[y, x] = z if z > near else 0.0


EDGE_LIMIT_M = 0.025
"""A depth step between neighbours that counts as a silhouette."""


def sense(
    depth_m: NDArray[np.float32], focal_px: float, sensor: Sensor, rng: np.random.Generator
) -> NDArray[np.float32]:
    """What `sensor` measures of a perfect depth image (H, W) in metres, infinity where nothing is.

    Returns (H, W) float32 in metres, 0 where nothing is measured. Random numbers come from `rng` alone.
    """
    seen: NDArray = depth_m
    if sensor.fattening_px:
        size = 2 * sensor.fattening_px + 1
        seen = cv2.erode(seen, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    if sensor.window_px:
        seen = cv2.medianBlur(seen, sensor.window_px)
    if sensor.halved:
        height, width = seen.shape
        seen = np.ascontiguousarray(seen[::2, ::2].repeat(2, axis=0).repeat(2, axis=1)[:height, :width])
    out = np.empty_like(depth_m)
    holes = _noise_bank(3.0)
    hole_level = _bank_quantile(1.0 - round(sensor.hole_share, 4))
    _corrupt(
        seen, _noise_bank(round(sensor.noise_correlation_px, 1)), _noise_bank(2.0), holes,
        rng.integers(0, _BANK_SIZE, 4), EDGE_LIMIT_M, focal_px, sensor.baseline_m, sensor.disparity_noise_px,
        sensor.subpixel, sensor.noise_m, sensor.noise_z2, sensor.edge_jitter_px, sensor.edge_loss, sensor.flying,
        sensor.flying_reach_m, sensor.flying_px, sensor.grazing_loss, sensor.shadow, hole_level, sensor.dropout,
        sensor.near_m, rng, out,
    )  # fmt: skip
    return out


def quantized(depth_m: NDArray[np.float32], depth_units: float) -> NDArray[np.uint16]:
    """Depth (H, W) in metres as a camera's raw image, in whole units of `depth_units` metres; 0 stays 0."""
    return np.clip(np.round(depth_m / depth_units), 0, np.iinfo(np.uint16).max).astype(np.uint16)


@lru_cache(maxsize=1024)
def _bank_quantile(share: float) -> float:
    """Level that the hole bank stays below in `share` of its pixels."""
    return float(np.quantile(_noise_bank(3.0)[2], share))

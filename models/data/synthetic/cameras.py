"""Cameras drawn at random: errors of other sizes and kinds than those of models/rendering/sensor.py."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.rendering.sensor import STEREO, STRUCTURED_LIGHT, TIME_OF_FLIGHT, Sensor


def varied(sensor: Sensor, rng: np.random.Generator) -> Sensor:
    """One copy of a camera: its error sizes scaled at random, for no two cameras and rooms are alike."""
    scale = np.exp(rng.normal(0, 0.5, 9))
    return replace(
        sensor,
        disparity_noise_px=sensor.disparity_noise_px * scale[0],
        noise_m=sensor.noise_m * scale[1],
        noise_z2=sensor.noise_z2 * scale[2],
        edge_jitter_px=sensor.edge_jitter_px * scale[3],
        edge_loss=min(0.9, sensor.edge_loss * scale[4]),
        flying=min(0.9, sensor.flying * scale[5]),
        flying_reach_m=sensor.flying_reach_m * scale[6],
        hole_share=min(0.05, sensor.hole_share * scale[7]),
        dropout=0.02 * scale[8] if rng.random() < 0.3 else 0.0,
    )


def smeared(sensor: Sensor, rng: np.random.Generator) -> Sensor:
    """A copy like `varied` that may also fatten, smooth or halve, and have any share of flying and lost edge pixels."""
    sensor = varied(sensor, rng)
    return replace(
        sensor,
        flying=sensor.flying * (rng.random() if rng.random() < 0.5 else 1.0),
        # stereo cameras compare the widest windows
        fattening_px=int(rng.choice(3, p=[0.5, 0.35, 0.15] if sensor.subpixel else [0.6, 0.4, 0.0])),
        window_px=int(rng.choice([0, 3, 5], p=[0.5, 0.3, 0.2])),
        edge_loss=rng.uniform(sensor.edge_loss, 1.0) if rng.random() < 0.25 else sensor.edge_loss,
        halved=bool(rng.random() < 0.15),
    )


def spraying(sensor: Sensor, rng: np.random.Generator) -> Sensor:
    """A copy with as many flying pixels as real cameras have.

    Counted on time-of-flight images (Senz3D, Kinect v2): 0.7 to 1.5 for each pixel of a silhouette, half of them
    farther than 28 mm behind it and a tenth farther than 100 mm.
    """
    if sensor.baseline_m > 0:
        return replace(sensor, flying=rng.uniform(0.05, 0.6))
    reach = np.exp(rng.uniform(np.log(0.02), np.log(0.08)))
    return replace(sensor, flying=rng.uniform(0.3, 0.95), flying_reach_m=reach, flying_px=int(rng.choice([1, 2])))


def random_sensor(rng: np.random.Generator, smear: bool = True, spray: bool = True) -> Sensor:
    """A varied stereo, structured-light or time-of-flight camera, which may smear and spray flying pixels, or not."""
    kinds = (STEREO, STRUCTURED_LIGHT, TIME_OF_FLIGHT)
    kind = kinds[rng.choice(3, p=[0.4, 0.25, 0.35])]
    sensor = smeared(kind, rng) if smear else varied(kind, rng)
    return spraying(sensor, rng) if spray and rng.random() < 0.5 else sensor

"""Volumes out of the graph are those that the graph decodes."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from models.assets import asset
from models.core.skeleton import hand_reference_point
from models.core.types import Camera, Cube, DepthFrame
from models.core.voxels import voxel_to_cube
from models.reading.volume import volume_of
from models.rendering.movie import HandMovie
from models.runtime import PoseNetwork, RuntimeModelError, VolumeNetwork

COMPACT = asset("models") / "compact.onnx"


def test_the_highest_voxel_is_beside_the_decoded_joint():
    camera = Camera(320, 240, 230.0, 230.0, 159.5, 119.5)
    movie = HandMovie(camera)
    shown = movie.render(0)
    frame = DepthFrame(shown.raw, movie.depth_units, camera, 0, 0.0, 0.0)
    cube = Cube(hand_reference_point(shown.pose.joints_cam_m), 0.25)
    network = PoseNetwork(COMPACT, "cpu")
    occupancy = volume_of(frame, cube, network.card.input_resolution).occupancy
    volumes = VolumeNetwork(COMPACT).infer(occupancy)
    joints, resolution = len(network.card.joints), volumes.shape[1]
    assert volumes.shape == (joints, resolution, resolution, resolution)
    highest = np.stack(np.unravel_index(volumes.reshape(joints, -1).argmax(axis=1), volumes.shape[1:]), axis=1)
    away = np.abs(voxel_to_cube(highest + 0.5, resolution) - network.infer(occupancy).joints_cube)
    assert np.median(away) * resolution < 1


def test_a_network_without_volumes_is_one_clear_line(exported, tmp_path):
    shutil.copy(exported["reference"], tmp_path / "x.onnx")
    shutil.copy(exported["compact"].with_suffix(".json"), tmp_path / "x.json")
    with pytest.raises(RuntimeModelError, match="no likelihood volumes") as caught:
        VolumeNetwork(tmp_path / "x.onnx")
    assert str(tmp_path / "x.onnx") in str(caught.value)

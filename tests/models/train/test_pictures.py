"""Pictures of a run: volumes as the camera sees them, joints where they are, the worst ones first."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from models.core.skeleton import HAND
from models.train import __main__ as train
from models.train.data import PoseBatch
from models.train.pictures import TILE_PX, RunPictures, volume_tile
from models.train.tasks import make_task
from tests.models.conftest import train_briefly


def test_a_volume_is_seen_from_the_camera(tmp_path):
    volume = np.zeros((44, 44, 44), np.uint8)
    volume[40, 4, 2] = volume[40, 4, 30] = 1  # right, up, near and behind it
    volume[4, 40, 42] = 1  # left, down, far
    out_of_sight = np.full((21, 3), 9.0)
    picture = volume_tile(volume, HAND, out_of_sight, None)
    cell = TILE_PX // 44
    near, far = picture[int(4.5 * cell), int(40.5 * cell), 0], picture[int(40.5 * cell), int(4.5 * cell), 0]
    assert near > 200 > far > 40
    assert np.count_nonzero(picture[..., 0]) == 2 * cell**2
    joints = out_of_sight.copy()
    joints[8] = [0.25, -0.25, 0]
    drawn = volume_tile(volume, HAND, joints, out_of_sight)
    assert drawn[TILE_PX // 4, 3 * TILE_PX // 4].tolist() == [255, 255, 255]


def test_the_worst_held_out_sample_is_shown_first(tmp_path):
    task = make_task("compact", "best")
    network = task.build().eval()
    volumes = torch.zeros(3, 1, 44, 44, 44, dtype=torch.uint8)
    volumes[1, 0, :, :, 0] = 1  # which fills its tile
    joints = torch.zeros(3, 21, 3)
    joints[1] = 0.45
    batch = PoseBatch(volumes, joints, torch.ones(3))
    RunPictures(task, [batch], torch.device("cpu"), tmp_path).draw(3, batch, network.state_dict())
    worst = cv2.imread(str(tmp_path / "pictures" / "03_worst.png"))
    assert worst.shape == (TILE_PX, 3 * TILE_PX, 3)
    assert worst[5, 5, 0] > 200 and worst[5, TILE_PX + 5, 0] == 0
    training = cv2.imread(str(tmp_path / "pictures" / "03_training.png"))
    assert training[5, 5, 0] == 0 and training[5, TILE_PX + 5, 0] > 200


def test_each_tenth_of_a_run_is_drawn_on_wish(tmp_path):
    run = ["--samples", "20", "--batch", "2", "--eval-samples", "2"]
    assert train_briefly("compact", tmp_path / "run", *run, "--pictures") == 0
    names = {path.name for path in (tmp_path / "run" / "pictures").iterdir()}
    assert names == {f"{tenth:02d}_{what}.png" for tenth in range(1, 11) for what in ("training", "worst")}


def test_pictures_of_no_poses_are_a_usage_error(capsys):
    with pytest.raises(SystemExit):
        train.parse_arguments(["--model", "reference", "--out", "o", "--samples", "1", "--pictures"])
    assert "--pictures goes with networks that give poses" in capsys.readouterr().err

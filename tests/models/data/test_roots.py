"""The root of a data set, given a level too high or too low."""

from __future__ import annotations

import pytest

from models.data.dataset import MissingFileError
from models.data.registry import DATASETS

PARTS = {
    "msra": "P0/1",
    "nyu": "train",
    "icvl": "Training",
    "hands2017": "training",
    "cvar": "P1/joint.txt",
    "hands2019": "training_images",
    "bighand": "full_annotation/Subject_1",
    "fpha": "Video_files",
    "dexycb": "20200709-subject-01",
    "folder": "joints.csv",
    "itop_front": "ITOP_side_test_labels.h5",
    "itop_top": "ITOP_top_test_labels.h5",
}


@pytest.mark.parametrize("name", DATASETS)
def test_a_root_one_level_off_says_where_the_data_set_is(tmp_path, name):
    root = tmp_path / "cvpr15"
    (root / PARTS[name]).mkdir(parents=True)
    (root / "empty").mkdir()
    for wrong in (tmp_path, root / "empty"):
        with pytest.raises(MissingFileError) as caught:
            DATASETS[name].open(wrong, DATASETS[name].splits[0])
        assert str(caught.value).startswith(f"{wrong}: holds no ")
        assert str(caught.value).endswith(f"; did you mean {root}?")

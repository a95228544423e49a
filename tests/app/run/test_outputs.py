"""What the user has is not destroyed by a run: each refusal is one line and status 1, and leaves the file as it was."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import app.cli as cli
from app.errors import ExportError
from app.run.headless import run_headless
from app.settings import BUNDLED_RECORDING, MODEL_FOLDER, Options
from tests.app.fakes import FakeSource, FakeTracker, hand_frame, pose
from tests.app.run.films import ASK, CASES, INPUT, state, write_films

ROOT = Path(cli.__file__).parents[1]


@pytest.fixture(autouse=True)
def _no_networks(monkeypatch):
    monkeypatch.setattr("app.tracking.build.build_tracker", lambda *_, **__: FakeTracker())


@pytest.fixture
def films(tmp_path) -> Path:
    return write_films(tmp_path)


@pytest.mark.parametrize(("source", "outputs", "why"), CASES)
def test_what_is_there_stays_and_one_line_says_why(films, monkeypatch, capsys, source, outputs, why):
    monkeypatch.chdir(films)
    before = state(films)
    forms = [[]] if why == ASK else [[], ["--overwrite"]]
    for more in forms:
        assert cli.main([source, "--headless", *outputs.split(), *more]) == cli.FAILED
        (line,) = capsys.readouterr().err.strip().splitlines()
        assert why in line
        assert state(films) == before


@pytest.mark.parametrize("output", [BUNDLED_RECORDING, MODEL_FOLDER / "compact.json", MODEL_FOLDER / "compact.onnx"])
def test_the_programs_own_files_are_inputs(output, capsys):
    assert cli.main(["--headless", "--overwrite", "--json", str(output)]) == cli.FAILED
    assert INPUT in capsys.readouterr().err


def test_overwrite_replaces_what_is_not_ours_and_what_is_ours_needs_no_asking(films, monkeypatch, capsys):
    monkeypatch.chdir(films)
    line = ["frames", "--headless", "--export", "table.csv", "--json", "notes.json", "--preview", "photos"]
    assert cli.main([*line, "--overwrite"]) == cli.DONE
    assert cli.main(line) == cli.FAILED, "the photo of somebody is still in the folder"
    (films / "photos" / "000001.png").unlink()
    assert cli.main(line) == cli.DONE
    assert json.loads((films / "notes.json").read_text())["frames"] == 1
    capsys.readouterr()


def test_results_in_the_folder_of_the_source_may_be_written_again(films, monkeypatch):
    monkeypatch.chdir(films)
    line = [
        "frames",
        "--headless",
        "--export",
        "frames/p.csv",
        "--json",
        "frames/s.json",
        "--preview",
        "frames/pictures",
    ]
    assert [cli.main(line), cli.main(line)] == [cli.DONE, cli.DONE]


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".npz"])
def test_poses_are_replaced_by_poses_of_the_same_kind_only(films, monkeypatch, suffix):
    monkeypatch.chdir(films)
    line = ["frames", "--headless", "--export", f"out/p{suffix}"]
    assert [cli.main(line), cli.main(line)] == [cli.DONE, cli.DONE]
    (films / "out" / f"p{suffix}").write_text("now this is somebody's")
    assert cli.main(line) == cli.FAILED


@pytest.mark.parametrize("name", ["pipe.bag", "pipe"])
def test_a_pipe_is_no_source(tmp_path, capsys, name):
    os.mkfifo(tmp_path / name)
    assert cli.main([str(tmp_path / name), "--headless"]) == cli.FAILED
    assert "is a pipe" in capsys.readouterr().err


@pytest.mark.parametrize("output", ["export", "preview"])
def test_a_folder_that_is_removed_meanwhile_is_an_error(tmp_path, output):
    class Remover(FakeTracker):
        def track(self, frame):
            if frame.frame_id == 1:
                shutil.rmtree(tmp_path / "out")
            return super().track(frame)

    path = tmp_path / "out" / ("p.csv" if output == "export" else "pictures")
    frames = [hand_frame(frame_id=k) for k in (0, 1)]
    with pytest.raises(ExportError, match=r"removed|cannot be written"):
        run_headless(Options(**{output: path}), FakeSource(frames), Remover(), "a model")


def test_the_rows_of_an_archive_survive_a_kill(tmp_path):
    program = f"""
import os
from pathlib import Path
from app.run.poses import open_pose_writer
from tests.app.fakes import hand_frame, pose, result_of
writer = open_pose_writer(Path({str(tmp_path / "p.npz")!r}))
for number in range(3):
    writer.write(result_of(hand_frame(frame_id=number), pose()))
os._exit(9)
"""
    subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=120, check=False
    )
    (left,) = tmp_path.glob("p.part-*.jsonl")
    rows = [json.loads(line) for line in left.read_text().splitlines()]
    assert [row["frame"] for row in rows] == [0, 1, 2]
    np.testing.assert_array_equal(rows[0]["joints_cam_m"], pose().joints_cam_m)

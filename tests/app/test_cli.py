"""The command line: options, modes, exit status and one-line failures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

import app.cli as cli
from app.errors import DisplayError, ModelError
from app.loading import INTERRUPTED
from app.settings import BUNDLED_RECORDING, MODEL_FOLDER, Options, TrackerSettings
from app.tracking import build
from models.core.skeleton import HAND
from models.runtime import RuntimeModelError
from tests.app.fakes import FakeTracker, hand_frame


def test_no_arguments_give_the_defaults():
    assert cli.parse([]) == Options()


def test_every_option_arrives():
    line = (
        "folder --hand left --model full --device cpu --precision bf16 --record a.bag --export p.csv "
        "--headless --frames 5 --no-loop --speed 0.5 --preview out --benchmark --compare --mediapipe m.whl "
        "--json s.json --near 0.2 --far 0.9 --smoothing off "
        "--columns joints,angles --angles a.html --hands 2 --fit on"
    )
    options = cli.parse(line.split())
    assert options == Options(
        source="folder",
        hand="left",
        model="full",
        device="cpu",
        precision="bf16",
        record=Path("a.bag"),
        export=Path("p.csv"),
        headless=True,
        frames=5,
        loop=False,
        speed=0.5,
        preview=Path("out"),
        benchmark=True,
        compare=True,
        mediapipe=Path("m.whl"),
        json=Path("s.json"),
        near_m=0.2,
        far_m=0.9,
        smoothing=False,
        columns=("joints", "angles"),
        angles=Path("a.html"),
        hands=2,
        fit=True,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["--nonsense"],
        ["--hand", "both"],
        ["--hands", "3"],
        ["--device", "abacus"],
        ["--frames", "0"],
        ["--frames", "-3"],
        ["--frames", "many"],
        ["--near", "0"],
        ["--near", "2", "--far", "1"],
        ["--far", "nan"],
        ["--speed", "0"],
        ["--speed", "nan"],
        ["--smoothing", "perhaps"],
        ["--fit", "tight"],
        ["--columns", "joints,toes", "--export", "p.csv"],
        ["--columns", "", "--export", "p.csv"],
        ["--columns", "angles", "--export", "p.npz"],
        ["--columns", "angles"],
        ["one", "two"],
    ],
)
def test_wrong_usage_is_status_2_with_a_line_on_stderr(arguments, capsys):
    assert cli.main(arguments) == cli.USAGE
    captured = capsys.readouterr()
    assert "error:" in captured.err.splitlines()[-1]
    assert "Traceback" not in captured.err


def test_help_is_status_0_and_explains_every_option(capsys):
    assert cli.main(["--help"]) == cli.DONE
    text = capsys.readouterr().out
    options = (
        "hand model device precision record export headless frames loop no-loop speed preview benchmark compare "
        "mediapipe json near far smoothing columns angles hands fit"
    )
    assert [option for option in options.split() if f"--{option}" not in text] == []
    assert "exit status" in text


@pytest.mark.parametrize(
    ("source", "flag"),
    [
        ("missing.bag", "--headless"),
        ("missing.db3", "--headless"),
        ("missing-folder", "--headless"),
        ("", "--headless"),
        ("missing.bag", "--benchmark"),
        ("missing-folder", "--benchmark"),
    ],
)
def test_a_missing_source_is_one_line_and_status_1(source, flag, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["main.py"])
    monkeypatch.setattr("app.tracking.build.build_tracker", lambda *_, **__: FakeTracker())
    assert cli.main([source, flag]) == cli.FAILED
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("main.py: ")
    assert source in lines[0]


def folder_of(path: Path, raw: np.ndarray, camera: str | None = None) -> Path:
    path.mkdir()
    height, width = raw.shape[:2]
    values = {"width": width, "height": height, "fx": 230, "fy": 230, "ppx": width / 2, "ppy": height / 2}
    (path / "camera.json").write_text(camera or json.dumps(values | {"depth_units": 0.0005, "fps": 30}))
    cv2.imwrite(str(path / "1.png"), raw)
    return path


def broken_source(kind: str, folder: Path) -> Path:
    """A source of each kind of badness, the name of the kind in its path."""
    path = folder / kind
    if kind == "8-bit images":
        return folder_of(path, np.zeros((24, 32), np.uint8))
    if kind == "broken camera":
        return folder_of(path, np.zeros((24, 32), np.uint16), camera="{")
    if kind == "no images":
        path.mkdir()
        return path
    path = path.with_suffix(".bag")
    path.write_bytes(b"" if kind == "empty" else b"this is no recording" * 100)
    return path


@pytest.mark.parametrize("kind", ["8-bit images", "broken camera", "no images", "empty", "not a recording"])
def test_a_broken_source_is_one_line_that_names_it(kind, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("app.tracking.build.build_tracker", lambda *_, **__: FakeTracker())
    assert cli.main([str(broken_source(kind, tmp_path)), "--headless"]) == cli.FAILED
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert kind in lines[0]


def test_a_whole_run_writes_and_names_its_files(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("app.tracking.build.build_tracker", lambda *_, **__: FakeTracker())
    folder, out = folder_of(tmp_path / "images", hand_frame().raw), tmp_path / "out"
    arguments = ["--export", out / "p.csv", "--preview", out / "pictures", "--json", out / "s.json"]
    assert cli.main([str(folder), "--headless", *map(str, arguments)]) == cli.DONE
    printed = capsys.readouterr().out
    assert "tracked  1 of 1 frames" in printed
    for path in (out / "p.csv", out / "pictures", out / "s.json"):
        assert path.exists()
        assert str(path) in printed
    assert cli.main([str(folder), "--benchmark"]) == cli.DONE
    assert "poses a second" in capsys.readouterr().out


def test_an_export_to_an_unknown_format_fails_before_anything_is_loaded(capsys):
    assert cli.main(["folder", "--headless", "--export", "poses.xls"]) == cli.FAILED
    assert "poses.xls" in capsys.readouterr().err


def test_a_missing_model_is_one_line_and_status_1(capsys, tmp_path):
    assert cli.main(["--headless", str(tmp_path), "--model", "nowhere.onnx"]) == cli.FAILED
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert "nowhere.onnx" in lines[0]


class Network:
    """Stands for PoseNetwork: remembers what it was asked for; GPUs are refused where `gpu` is false."""

    gpu = True

    def __init__(self, path: Path, device: str, precision: str) -> None:
        if device in ("cuda", "tensorrt") and not self.gpu:
            raise RuntimeModelError(f"device {device}: there is no NVIDIA driver here; use --device auto")
        self.path, self.device = path, device
        self.card = SimpleNamespace(joints=HAND.joints)


@pytest.mark.parametrize(
    ("device", "model", "file"),
    [
        ("auto", "auto", "compact.onnx"),
        ("cuda", "compact", "compact.onnx"),
        ("tensorrt", "full", "v2v.onnx"),
        ("openvino", "full", "v2v.onnx"),
    ],
)
def test_a_network_has_a_name_and_runs_on_the_device_that_is_asked_for(tmp_path, monkeypatch, device, model, file):
    for name in ("compact.onnx", "v2v.onnx"):
        (tmp_path / name).touch()
    monkeypatch.setattr(build, "PoseNetwork", Network)
    network = build.load_pose_network(model, device, tmp_path)
    assert (network.path.name, network.device) == (file, device)


@pytest.mark.parametrize("model", build.NAMES)
def test_each_named_network_is_there(model):
    assert (MODEL_FOLDER / build.NAMES[model]).is_file()


def test_a_gpu_that_was_asked_for_and_is_not_there_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "compact.onnx").touch()
    monkeypatch.setattr(build, "PoseNetwork", Network)
    monkeypatch.setattr(Network, "gpu", False)
    with pytest.raises(ModelError, match="no NVIDIA driver"):
        build.build_tracker(TrackerSettings(), device="cuda", folder=tmp_path)


@pytest.mark.parametrize(("stopped", "status"), [(False, cli.DONE), (True, INTERRUPTED)])
def test_the_window_gets_the_options_and_says_whether_it_was_stopped(monkeypatch, stopped, status):
    seen = []
    start = type(sys)("app.gui.start")
    start.run_window = lambda options: seen.append(options) or stopped
    monkeypatch.setitem(sys.modules, "app.gui.start", start)
    monkeypatch.setattr(cli, "has_display", lambda: True)
    assert cli.main(["--no-loop"]) == status
    assert [(options.loop, options.smoothing) for options in seen] == [(False, None)]


def test_a_window_that_cannot_open_is_one_line_and_status_1(monkeypatch, capsys):
    def refuse(options):
        raise DisplayError("the display :99\ncannot be opened; run with --headless")

    window = type(sys)("app.gui.start")
    window.run_window = refuse
    monkeypatch.setitem(sys.modules, "app.gui.start", window)
    monkeypatch.setattr(cli, "has_display", lambda: True)
    monkeypatch.setattr(sys, "argv", ["/somewhere/main.py"])
    assert cli.main([]) == cli.FAILED
    assert capsys.readouterr().err == "main.py: the display :99 cannot be opened; run with --headless\n"


def test_without_a_display_the_bundled_recording_runs_headless(monkeypatch, capsys):
    seen = []
    monkeypatch.setattr(cli, "has_display", lambda: False)
    monkeypatch.setattr(cli, "_headless", lambda options: seen.append(options) or 0)
    assert cli.main([]) == cli.DONE
    assert seen[0].source == str(BUNDLED_RECORDING)
    assert seen[0].export == Path("outputs/poses.csv")
    assert seen[0].preview == Path("outputs/preview")
    assert "headless" in capsys.readouterr().out
    cli.main(["folder", "--export", "mine.npz"])
    assert (seen[1].source, seen[1].export) == ("folder", Path("mine.npz"))


def test_ctrl_c_is_status_130_without_a_traceback(monkeypatch, capsys):
    def interrupt(options):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_headless", interrupt)
    assert cli.main(["--headless"]) == INTERRUPTED
    assert capsys.readouterr().err == ""


def test_a_display_is_looked_for_in_the_environment(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert not cli.has_display()
    monkeypatch.setenv("DISPLAY", ":0")
    assert cli.has_display()


def test_starting_does_not_load_the_heavy_libraries():
    code = (
        "import sys, app.cli; app.cli.parse([]); print([m for m in ('torch', 'open3d', 'PySide6') if m in sys.modules])"
    )
    root = Path(cli.__file__).parents[1]
    output = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True).stdout
    assert output.strip() == "[]"


@pytest.mark.parametrize("name", [b"caf\xe9", b"x\x1b[31mred", b"a" * 5000, b"a" * 5000 + b".onnx"])
def test_odd_names_are_printed_in_one_harmless_line(tmp_path, monkeypatch, capsys, name):
    monkeypatch.chdir(tmp_path)
    where = os.fsdecode(name)
    for arguments in ((where,), (where, "--model", where), (str(tmp_path), "--model", where)):
        assert cli.main([*arguments, "--headless"]) == cli.FAILED
        said = capsys.readouterr()
        assert said.out == ""
        (line,) = said.err.splitlines()
        assert line.isprintable()
        assert len(line) < 2500


def test_an_odd_name_reaches_a_real_terminal(run_main, tmp_path):
    run = run_main(os.fsdecode(b"caf\xe9"), "--headless", cwd=tmp_path, env={"PYTHONIOENCODING": "ascii"})
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith("main.py: caf\\udce9: does not exist")

"""Other inputs that are damaged: folders, images, cameras, truths, networks, cards, what is kept or replaced."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from app.run.poses import open_pose_writer
from app.sources.checksums import sums_path
from app.sources.recorder import is_our_recording
from models.data.pose_csv import COLUMNS, csv_row
from tests.app.fakes import hand_frame, pose, result_of
from tests.app.sources.film import write_folder
from tests.reliability.changes import BINARY, HUGE, TEXT, Change
from tests.reliability.films import FILMS, FRAMES, SMALL, images

SAVED = "v2v-hand-tracking"


@dataclass(frozen=True)
class Input:
    """make: writes it into an empty folder; the file that is damaged, and what is then given to the program.

    what: by which of the worker's ways it is tried. changes: how it is damaged.
    """

    make: Callable[[Path], tuple[Path, Path]]
    what: str
    changes: dict[str, Change]


def _frames(folder: Path, damaged: str) -> tuple[Path, Path]:
    frames = write_folder(folder / "frames", FRAMES, camera=SMALL)
    return frames / damaged, frames


def _as(suffix: str, metres: bool = False) -> Callable[[Path], tuple[Path, Path]]:
    def make(folder: Path) -> tuple[Path, Path]:
        frames = write_folder(folder / "frames", FRAMES, camera=SMALL)
        for path, raw in zip(sorted(frames.glob("*.png")), images()):
            path.unlink()
            values = (raw * 0.0001).astype(np.float32) if metres else raw
            place = path.with_suffix(suffix)
            if suffix == ".npy":
                np.save(place, values)
            else:
                assert cv2.imwrite(str(place), values)
        return frames / f"6{suffix}", frames

    return make


def _truth(folder: Path) -> tuple[Path, Path]:
    frames = write_folder(folder / "frames", FRAMES, camera=SMALL)
    rows = [",".join(csv_row(number, 33.3 * number, pose(seed=number))) for number in range(FRAMES)]
    (frames / "joints.csv").write_text("\n".join([",".join(COLUMNS), *rows]) + "\n")
    return frames / "joints.csv", frames


def write_network(folder: Path) -> Path:
    """The smallest network that a card can describe, and its card."""
    import onnx
    from onnx import TensorProto, helper

    zeros = [("joints", (1, 21, 3)), ("confidence", (1, 21)), ("side", (1,))]
    volume = helper.make_tensor_value_info("occupancy", TensorProto.UINT8, (1, 1, 8, 8, 8))
    nodes = [
        helper.make_node("Cast", ["occupancy"], ["values"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["values"], ["mean"], keepdims=0),
    ]
    kept = []
    for name, shape in zeros:
        weights = np.linspace(0.1, 0.4, int(np.prod(shape)), dtype=np.float32).reshape(shape)
        kept.append(helper.make_tensor(f"{name}_weights", TensorProto.FLOAT, shape, weights.tobytes(), raw=True))
        nodes.append(helper.make_node("Mul", ["mean", f"{name}_weights"], [f"{name}_scaled"]))
        nodes.append(helper.make_node("Add", [f"{name}_scaled", f"{name}_weights"], [name]))
    answers = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in zeros]
    graph = helper.make_graph(nodes, "small", [volume], answers, initializer=kept)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, str(folder / "x.onnx"))
    card = json.loads((Path("assets") / "models" / "compact.json").read_text()) | {
        "input_resolution": 8,
        "has_side": True,
        "takes_expected": False,
    }
    (folder / "x.json").write_text(json.dumps(card, indent=1))
    return folder / "x.onnx"


def graph(data: bytes, rng: np.random.Generator) -> bytes:
    """For ONNX: one to three fields of the graph are others: sizes, names, operators, kinds of numbers."""
    import onnx

    model = onnx.ModelProto.FromString(data)
    parts = [*model.graph.node, *model.graph.initializer, *model.graph.input, *model.graph.output]
    names = [*(value for node in model.graph.node for value in (*node.input, *node.output)), "", "x", 300 * "y"]
    for _ in range(int(rng.integers(1, 4))):
        part = parts[int(rng.integers(len(parts)))]
        number, name = HUGE[int(rng.integers(len(HUGE)))] >> 1, str(rng.choice(names))
        if isinstance(part, onnx.NodeProto):
            if rng.random() < 0.5:
                part.op_type = str(
                    rng.choice(["Add", "Reshape", "Expand", "Conv", "Loop", "ConstantOfShape", "Nothing"])
                )
            elif part.input:
                part.input[int(rng.integers(len(part.input)))] = name
        elif isinstance(part, onnx.TensorProto):
            if rng.random() < 0.5:
                part.dims[int(rng.integers(len(part.dims)))] = number
            else:
                part.data_type = int(rng.integers(0, 24))
        else:
            sizes = part.type.tensor_type.shape.dim
            sizes[int(rng.integers(len(sizes)))].dim_value = number
    return model.SerializeToString()


def _network(suffix: str) -> Callable[[Path], tuple[Path, Path]]:
    def make(folder: Path) -> tuple[Path, Path]:
        path = write_network(folder)
        return path.with_suffix(suffix), path

    return make


def _settings(folder: Path) -> tuple[Path, Path]:
    path = folder / SAVED / "window.ini"
    path.parent.mkdir()
    path.write_text(
        "[General]\nangles=False\ncube=False\nfolder=/home/me\nfollow=True\nheight=800\nloop=True\nnames=False\n"
        "recent=/home/me/a.bag, /home/me/b.db3\nsmoothing=True\nversion=2\nwidth=1200\n"
    )
    return path, folder


def _precision(folder: Path) -> tuple[Path, Path]:
    path = folder / SAVED / "precision.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"A processor: compact": "f32", "Another: compact": "bf16"}, indent=1))
    return path, folder


def _export(suffix: str) -> Callable[[Path], tuple[Path, Path]]:
    def make(folder: Path) -> tuple[Path, Path]:
        with closing(open_pose_writer(folder / f"poses{suffix}")) as writer:
            for number in range(3):
                writer.write(result_of(hand_frame(frame_id=number), pose()))
        return folder / f"poses{suffix}", folder / f"poses{suffix}"

    return make


def _summary(folder: Path) -> tuple[Path, Path]:
    path = folder / "run.json"
    path.write_text(json.dumps({"source": "a", "model": "b", "device": "c", "frames": 3, "tracked": 2}))
    return path, path


def _recording(layout: str) -> Callable[[Path], tuple[Path, Path]]:
    def make(folder: Path) -> tuple[Path, Path]:
        path = FILMS[layout](folder)
        shutil.rmtree(folder / "images")
        assert is_our_recording(path)
        return path, path

    return make


LAYOUTS = {".bag": "SDK .bag, LZ4, checksums", ".db3": "SDK .db3, checksums"}


def _sums(suffix: str) -> Callable[[Path], tuple[Path, Path]]:
    def make(folder: Path) -> tuple[Path, Path]:
        path = FILMS[LAYOUTS[suffix]](folder)
        return sums_path(path), path

    return make


INPUTS: dict[str, Input] = {
    "camera.json": Input(lambda folder: _frames(folder, "camera.json"), "play", TEXT),
    "PNG": Input(lambda folder: _frames(folder, "6.png"), "play", BINARY),
    "TIFF": Input(_as(".tiff"), "play", BINARY),
    "TIFF, metres": Input(_as(".tif", metres=True), "play", BINARY),
    "NPY": Input(_as(".npy"), "play", BINARY),
    "NPY, metres": Input(_as(".npy", metres=True), "play", BINARY),
    "OpenEXR, metres": Input(_as(".exr", metres=True), "play", BINARY),
    "joints.csv": Input(_truth, "play", TEXT),
    "card of a network": Input(_network(".json"), "network", TEXT),
    "ONNX": Input(_network(".onnx"), "network", {**BINARY, "graph": graph, "fields": graph}),
    "the window's settings": Input(_settings, "settings", TEXT),
    "the precision that was kept": Input(_precision, "precision", TEXT),
    "an older export, CSV": Input(_export(".csv"), "output", TEXT),
    "an older export, JSONL": Input(_export(".jsonl"), "output", TEXT),
    "an older export, NPZ": Input(_export(".npz"), "output", BINARY),
    "an older summary": Input(_summary, "output", TEXT),
    "checksums beside a .bag": Input(_sums(".bag"), "play", TEXT),
    "checksums beside a .db3": Input(_sums(".db3"), "play", TEXT),
    "poses to be checked, CSV": Input(_export(".csv"), "check", TEXT),
    "poses to be checked, JSONL": Input(_export(".jsonl"), "check", TEXT),
    "poses to be checked, NPZ": Input(_export(".npz"), "check", BINARY),
    "an older recording, .bag": Input(_recording("SDK .bag, LZ4"), "output", BINARY),
    "an older recording, .db3": Input(_recording("SDK .db3"), "output", BINARY),
}

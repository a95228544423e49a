"""A compiled network is kept: at the next start it answers the same, compiled anew only where it has to be."""

from __future__ import annotations

import importlib
import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from models import kept
from models.runtime import PoseNetwork, ReferenceNetwork, RuntimeModelError, openvino_cpu

pytest.importorskip("openvino")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "kept_folder", lambda: tmp_path / "kept")
    return tmp_path / "kept"


@pytest.fixture
def compiled(monkeypatch) -> list[object]:
    """The settings of each time that a network is compiled."""
    times: list[object] = []
    plain = openvino_cpu._compiled

    def counted(path, model, settings):
        times.append(settings)
        return plain(path, model, settings)

    monkeypatch.setattr(openvino_cpu, "_compiled", counted)
    return times


def read(path) -> np.ndarray:
    network = PoseNetwork(path, "openvino")
    size = network.card.input_resolution
    volume = (np.random.default_rng(0).random((size, size, size)) < 0.05).astype(np.uint8)
    return network.infer(volume).joints_cube


def test_the_second_start_answers_the_same_and_compiles_nothing(exported, compiled):
    first = read(exported["compact"])
    second = read(exported["compact"])
    np.testing.assert_array_equal(first, second)
    assert len(compiled) == 1


@pytest.mark.parametrize("damage", [lambda content: content[:-1], lambda content: content[:40], lambda content: b""])
def test_a_damaged_one_is_compiled_anew_and_mended(exported, compiled, folder, damage):
    first = read(exported["compact"])
    (file,) = folder.iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    np.testing.assert_array_equal(read(exported["compact"]), first)
    assert len(compiled) == 2
    read(exported["compact"])
    assert len(compiled) == 2


def test_one_that_openvino_refuses_is_compiled_anew(exported, compiled, folder):
    first = read(exported["compact"])
    (file,) = folder.iterdir()
    kept.keep(file.name, openvino_cpu._key(exported["compact"], openvino_cpu._settings("f32")), b"from another world")
    np.testing.assert_array_equal(read(exported["compact"]), first)
    assert len(compiled) == 2


def test_another_network_processor_or_version_is_compiled_anew(exported, compiled, tmp_path, monkeypatch):
    read(exported["compact"])
    other = tmp_path / "other.onnx"
    shutil.copy(exported["compact"].with_suffix(".json"), other.with_suffix(".json"))
    content = exported["compact"].read_bytes()
    other.write_bytes(content + b"\x3a\x00")  # an empty graph merged into it: another file, the same network
    read(other)
    assert len(compiled) == 2
    monkeypatch.setattr(openvino_cpu, "processor_name", lambda: "another processor")
    read(other)
    assert len(compiled) == 3
    monkeypatch.setattr("openvino.__version__", "1.0")
    read(other)
    assert len(compiled) == 4


def test_networks_on_threads_of_their_own_are_not_kept(exported, compiled, folder):
    PoseNetwork(exported["compact"], "openvino", threads=1)
    assert len(compiled) == 1
    assert not folder.exists()


def test_what_importing_spares_can_still_be_imported():
    openvino_cpu.openvino_core()
    assert importlib.import_module("openvino.tools.ovc").convert_model


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(RuntimeModelError, match="is not a model that can be loaded"):
        openvino_cpu.CompiledFile(tmp_path / "none.onnx", "pose")


def test_twins_answer_as_the_network_does_at_the_same_time(exported):
    network = PoseNetwork(exported["compact"], "openvino")
    twins = network.twins()
    assert twins is not None
    size = network.card.input_resolution
    volumes = [(np.random.default_rng(n).random((size, size, size)) < 0.05).astype(np.uint8) for n in range(2)]
    expected = [network.infer(volume).joints_cube for volume in volumes]
    with ThreadPoolExecutor(2) as pool:
        for _ in range(5):
            answers = list(pool.map(lambda twin, volume: twin.infer(volume).joints_cube, twins, volumes))
            np.testing.assert_allclose(answers, expected, atol=1e-5)


def test_other_devices_have_no_twins(exported):
    assert PoseNetwork(exported["compact"], "cpu").twins() is None
    assert ReferenceNetwork(exported["reference"], "openvino").twins() is not None

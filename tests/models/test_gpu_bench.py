"""The ways on a GPU are timed one after another; one that fails is a line. Stand-ins take the GPU's place."""

from __future__ import annotations

import json

import numpy as np
import onnxruntime
import pytest

from models import gpu_bench
from models.runtime import PoseNetwork, RuntimeModelError
from models.runtime.gpu_ways import WAYS, Way, open_way

MOVED = 0.004
"""Of the cube's edge: 1 mm in 25 cm."""


def test_each_way_is_timed_and_compared_with_the_processor(exported):
    plain = PoseNetwork(exported["compact"], "cpu").run

    def opened(path, way, example, outputs):
        if way.name == "broken":
            raise RuntimeModelError("no such thing here")
        if way.name == "dies":
            return lambda *_: (_ for _ in ()).throw(RuntimeError("the GPU fell off the bus"))
        return lambda *arrays: [plain(*arrays)[0] + [MOVED, 0, 0], *plain(*arrays)[1:]]

    ways = [Way(name, "CUDA") for name in ("good", "broken", "dies")]
    processor, good, broken, dies = gpu_bench.bench(exported["compact"], 4, opened, ways)
    assert processor.moved_mm == 0
    assert good.moved_mm == pytest.approx(1.0, abs=0.01)
    assert 0 < good.p50_ms <= good.p95_ms <= good.p99_ms
    assert (broken.p50_ms, broken.failed) == (None, "no such thing here")
    assert (dies.p50_ms, dies.failed) == (None, "the GPU fell off the bus")
    assert broken.line().endswith("no such thing here")


def test_without_a_gpu_every_way_says_so(exported, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    out = tmp_path / "bench.json"
    assert gpu_bench.main(["--model", str(exported["compact"]), "--n", "1", "--json", str(out)]) == 0
    figures = json.loads(out.read_text())
    assert [each["name"] for each in figures[1:]] == [way.name for way in WAYS]
    assert all("was built without" in each["failed"] for each in figures[1:])
    assert "ONNX Runtime CPU" in capsys.readouterr().out


class Memory:
    """A piece of the GPU's memory; here it is the processor's."""

    def __init__(self, array):
        self.array = array

    def update_inplace(self, array):
        assert array.shape == self.array.shape
        self.array[...] = array

    def numpy(self):
        return self.array.copy()

    @classmethod
    def ortvalue_from_numpy(cls, array, device, number):
        return cls(array.copy())

    @classmethod
    def ortvalue_from_shape_and_type(cls, shape, kind, device, number):
        return cls(np.zeros(shape, kind))


class Session:
    """ONNX Runtime's session on a processor that says it is a GPU, with a binding."""

    plain = onnxruntime.InferenceSession

    def __init__(self, path, options, providers):
        self._session = Session.plain(path, providers=["CPUExecutionProvider"])
        self.get_inputs, self.get_outputs = self._session.get_inputs, self._session.get_outputs
        self.run = self._session.run
        self.providers = [name for name, _ in providers]
        self.inputs, self.outputs = {}, {}

    def get_providers(self):
        return self.providers

    def io_binding(self):
        return self

    def bind_ortvalue_input(self, name, value):
        self.inputs[name] = value

    def bind_ortvalue_output(self, name, value):
        self.outputs[name] = value

    def run_with_iobinding(self, binding):
        answers = self.run(list(self.outputs), {name: value.array for name, value in self.inputs.items()})
        for value, answer in zip(self.outputs.values(), answers, strict=True):
            value.array[...] = answer


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_every_way_gives_the_answers_of_the_graph(exported, monkeypatch, way):
    network = PoseNetwork(exported["compact"], "cpu")
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [f"{way.provider}ExecutionProvider"])
    monkeypatch.setattr(onnxruntime, "InferenceSession", Session)
    monkeypatch.setattr(onnxruntime, "OrtValue", Memory)
    first, second, *_ = gpu_bench.volumes(network.card)
    run = open_way(exported["compact"], way, first, [answer.shape for answer in network.run(*first)])
    for inputs in (second, first):
        for found, expected in zip(run(*inputs), network.run(*inputs), strict=True):
            np.testing.assert_allclose(found, expected, atol=1e-6)

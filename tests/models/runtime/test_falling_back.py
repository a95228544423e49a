"""A GPU that fails while it runs: said once, and the network goes on on the processor; with a stand-in for the GPU."""

from __future__ import annotations

import numpy as np
import pytest

from models.runtime import PoseNetwork, RuntimeModelError, engines
from models.runtime.falling_back import FallingBack


class Gpu:
    """Runs on the processor in truth, until it fails."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.works, self.calls = True, 0
        plain = engines._open_onnxruntime

        def open_onnxruntime(path, providers, threads, needed=None):
            run = plain(path, ["CPUExecutionProvider"], threads)
            return run if needed is None else lambda *arrays: self._called(run, arrays)

        monkeypatch.setattr(engines, "_open_onnxruntime", open_onnxruntime)
        monkeypatch.setattr(engines, "has_nvidia_driver", lambda: True)
        monkeypatch.setattr(engines, "_preload_libraries", lambda _: None)
        monkeypatch.setattr("onnxruntime.get_available_providers", lambda: ["CUDAExecutionProvider"])

    def _called(self, run, arrays):
        self.calls += 1
        if not self.works:
            raise RuntimeError("CUDA failure 2: out of memory\nand a page of text")
        return run(*arrays)


@pytest.fixture
def volume() -> np.ndarray:
    return (np.random.default_rng(1).random((44, 44, 44)) < 0.03).astype(np.uint8)


@pytest.mark.parametrize("asked", ["auto", "cuda"])
def test_tracking_goes_on_on_the_processor(exported, volume, monkeypatch, caplog, asked):
    gpu = Gpu(monkeypatch)
    network = PoseNetwork(exported["compact"], asked)
    before = network.infer(volume).joints_cube
    assert network.device == "ONNX Runtime CUDA"
    gpu.works = False
    after = [network.infer(volume).joints_cube for _ in range(3)]
    np.testing.assert_allclose(after, np.stack([before] * 3), atol=1e-3)
    assert network.device != "ONNX Runtime CUDA"
    (said,) = [record.getMessage() for record in caplog.records if "failed" in record.getMessage()]
    assert (
        said
        == f"compact.onnx: ONNX Runtime CUDA failed (CUDA failure 2: out of memory); it goes on on {network.device}"
    )
    calls = gpu.calls
    network.infer(volume)
    assert gpu.calls == calls, "the GPU is not asked again"


def test_a_gpu_that_fails_at_once_is_left_out(exported, volume, monkeypatch):
    Gpu(monkeypatch).works = False
    network = PoseNetwork(exported["compact"], "auto")
    assert network.device != "ONNX Runtime CUDA"
    assert network.infer(volume).joints_cube.shape == (21, 3)


def test_what_fails_on_the_processor_too_is_an_error(exported):
    def fail(*_):
        raise RuntimeError("no")

    run = FallingBack(exported["compact"], fail, "a GPU", lambda: (fail, "a processor"))
    for _ in range(2):
        with pytest.raises(RuntimeError):
            run(np.zeros(1))


def test_an_other_way_that_cannot_be_opened_is_its_own_error(exported):
    def fail(*_):
        raise RuntimeModelError("no other way")

    with pytest.raises(RuntimeModelError, match="no other way"):
        FallingBack(exported["compact"], fail, "a GPU", fail)(np.zeros(1))

"""A precision reaches OpenVINO where the processor has it, with a stand-in for such a processor; else it is float32."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from models.runtime import PoseNetwork, RuntimeModelError, engines, openvino_cpu, openvino_precisions, processor_name

pytest.importorskip("openvino")


@pytest.fixture
def compiled(monkeypatch) -> list[str]:
    """The precisions that graphs are compiled with; in truth they are all in float32."""
    asked: list[str] = []

    def compiled_file(path, kept_as, precision, threads):
        asked.append(precision)
        return plain(path, kept_as, "f32", threads)

    plain = engines.CompiledFile
    monkeypatch.setattr(engines, "CompiledFile", compiled_file)
    return asked


def processor(monkeypatch: pytest.MonkeyPatch, *capabilities: str) -> None:
    properties = {"OPTIMIZATION_CAPABILITIES": list(capabilities), "FULL_DEVICE_NAME": "a processor"}
    real = openvino_cpu.openvino_core()
    core = SimpleNamespace(
        get_property=lambda _device, name: properties[name],
        compile_model=real.compile_model,
        import_model=real.import_model,
    )
    monkeypatch.setattr(openvino_cpu, "openvino_core", lambda: core)


def test_a_processor_with_bfloat16_runs_in_it_and_says_so(exported, compiled, monkeypatch):
    processor(monkeypatch, "FP32", "BF16", "INT8")
    assert openvino_precisions() == ("f32", "bf16", "int8")
    assert processor_name() == "a processor"
    assert PoseNetwork(exported["compact"], "openvino", precision="bf16").device == "OpenVINO CPU, bf16"
    assert compiled == ["bf16"]


def test_without_it_the_network_runs_in_float32(exported, compiled, monkeypatch):
    processor(monkeypatch, "FP32")
    assert PoseNetwork(exported["compact"], "openvino", precision="bf16").device == "OpenVINO CPU"
    assert compiled == ["f32"]


def test_onnx_runtime_stays_in_float32(exported):
    assert PoseNetwork(exported["compact"], "cpu", precision="bf16").device == "ONNX Runtime CPU"


def test_without_openvino_there_is_no_choice(monkeypatch):
    def missing():
        raise RuntimeModelError("openvino cannot be imported")

    monkeypatch.setattr(openvino_cpu, "openvino_core", missing)
    assert (openvino_precisions(), processor_name()) == ((), "")

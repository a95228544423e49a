"""Exported networks, numpy in and numpy out; ONNX Runtime or OpenVINO below, no torch.

Each .onnx file stands beside its card, a .json of the same name (models/export/__main__.py writes both).
"""

from models.runtime.card import CUBE_RANGE, ModelCard, RuntimeModelError, load_card, put_on_card
from models.runtime.networks import PoseEstimate, PoseNetwork, ReferenceEstimate, ReferenceNetwork
from models.runtime.openvino_cpu import openvino_precisions, processor_name
from models.runtime.volumes import VolumeNetwork

__all__ = [
    "CUBE_RANGE",
    "ModelCard",
    "PoseEstimate",
    "PoseNetwork",
    "ReferenceEstimate",
    "ReferenceNetwork",
    "RuntimeModelError",
    "VolumeNetwork",
    "load_card",
    "openvino_precisions",
    "processor_name",
    "put_on_card",
]

"""Exporting trained runs as ONNX files."""

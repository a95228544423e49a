"""Pose files: CSV, JSON lines, NPZ."""

from app.export.poses import PoseWriter, check_pose_path, open_pose_writer

__all__ = ["PoseWriter", "check_pose_path", "open_pose_writer"]

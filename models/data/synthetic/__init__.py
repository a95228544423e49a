"""Synthetic depth of hands: rig, poses, scenes, renderer and depth-camera noise (numpy, numba and OpenCV; no torch)."""

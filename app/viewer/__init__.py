"""The 3D view: the only package that imports open3d (in scene.py and viewer.py; the rest is numpy and ctypes)."""

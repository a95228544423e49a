"""The rig fitted to single depth images: what an image itself says about a pose."""

"""A model of the hand that fits itself to what the camera sees: constant bones, rotations, a mesh and a residual."""

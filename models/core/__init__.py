"""Pure numpy core: cameras, cubes, volumes, skeletons and metrics. No I/O, clock, global or hidden randomness."""

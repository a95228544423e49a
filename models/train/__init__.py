"""Training of the networks: configuration, data, tasks, checkpoints and the loop behind `python -m models.train`."""

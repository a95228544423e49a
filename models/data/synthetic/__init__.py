"""Training samples and test sets, drawn from rendered hands (models/rendering; no torch)."""

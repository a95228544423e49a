"""The paper's comparisons (section 7.1, Tables 1 and 2) on synthetic hands: `python -m models.ablation --help`."""

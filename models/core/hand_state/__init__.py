"""What is known of a hand beyond its 21 joints, from the joints alone; docs/hands.md has every number."""

"""A page of what models.evaluate has measured."""

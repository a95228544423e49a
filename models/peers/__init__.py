"""Other people's hand trackers, measured on the same frames; their networks come from the user."""

"""How set-up fails."""


class SetupError(Exception):
    """Set-up cannot go on; the message is one line that says why and what to do."""

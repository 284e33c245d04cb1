"""The one exception whose message is meant for the user."""


class CastError(Exception):
    """Wrong input; its text says what was found, what was expected and what to do."""

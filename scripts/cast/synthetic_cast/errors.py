"""The one exception whose message is meant for the user, and the exit statuses it leads to."""

WRONG_USAGE = 2
MISSING_INPUT = 3
WRONG_FORMAT = 4
MISSING_PROGRAM = 5


class CastError(Exception):
    """What the user can put right; its text says what was found, what was expected and what to do."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status

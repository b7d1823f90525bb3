"""The errors that reach a person: one sentence, in Vietnamese, that says what to do.

Problem
├── BadInput      what was given cannot be used; nothing was stored (exit code 2)
└── NotAllowed    the user's role or unit does not permit it (exit code 2, HTTP 403)
"""


class Problem(Exception):
    """Base of all errors whose text is meant to be read by the user."""


class BadInput(Problem):
    """What was given cannot be used. Nothing was stored."""


class NotAllowed(Problem):
    """The user's role or unit does not permit this."""

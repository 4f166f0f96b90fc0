"""Refusals that a person can be told about. Whatever is not one of these is a fault of ours."""


class FundsiteError(Exception):
    """A refusal with a sentence for the person who asked."""


class SettingsError(FundsiteError):
    """The environment does not describe a site that can run; the message names each setting."""


class ContentError(FundsiteError):
    """A content folder cannot be loaded; the message names file, key and reason."""

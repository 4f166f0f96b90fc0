"""Refusals at the door. The message is for the command line; pages find their own words by the class."""

from fundsite.errors import FundsiteError


class StaffRefused(FundsiteError):
    """An account cannot be made, found or changed as asked."""


class WeakPassword(StaffRefused):
    """The password is too short, or easily guessed."""


class WrongPassword(StaffRefused):
    """This is not the password, or not the address."""


class WrongCode(StaffRefused):
    """This is not the code of now, or it was used already."""


class WrongPasskey(StaffRefused):
    """This answer is no passkey's, or not to what was asked of it lately."""


class AddressTaken(StaffRefused):
    """Somebody has an account with this address."""


class LastOwner(StaffRefused):
    """Without this person nobody could look after the accounts."""


class LinkOver(StaffRefused):
    """A mailed link was used, withdrawn, or is too old."""


class CodesRequired(StaffRefused):
    """The codes cannot be switched off: everybody is asked for one."""


class NoSuchThing(StaffRefused):
    """There is no such account, session or invitation."""

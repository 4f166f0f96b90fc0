"""What the shipping room refuses."""

from fundsite.errors import FundsiteError


class NoSuchBatch(FundsiteError):
    """There is no such batch, or no such item in it."""


class NothingOwed(FundsiteError):
    """Nothing that was chosen is owed and in no batch; nothing was made."""


class WrongStep(FundsiteError):
    """The batch is at another step by now; nothing was done."""


class TooEarly(FundsiteError):
    """Its supporters were told that they may correct their address until later; nothing was done."""


class StillOpen(FundsiteError):
    """Something in the batch has neither gone out nor been taken out; nothing was done."""


class AddressChanged(FundsiteError):
    """The supporter has changed what staff were correcting; nothing was kept."""


class NotReady(FundsiteError):
    """Something in the batch must be put right before its files can be made."""


class NotOwed(FundsiteError):
    """A thing is not owed any more, or has gone out already; nothing was recorded."""


class Overtaken(FundsiteError):
    """What staff were shown has changed since; nothing was done."""

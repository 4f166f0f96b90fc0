"""Stripe's payouts and the balance transactions in them."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from fundsite.payments.payouts import PayoutPart, PayoutState
from fundsite.payments.stripe_reading import Object, id_of, moment, reference_of

PAGE = 100  # the most that Stripe lists at once


class PayoutCalls:
    """The part of the gateway that tells of payouts; see PayoutGateway."""

    _site: str
    _api: Any
    _ask: Callable[[Callable[[], Any]], Any]
    _walk: Callable[[Callable[[], Any]], Iterator[dict[str, Any]]]

    def payouts_since(self, moment: datetime) -> Iterator[PayoutState]:
        """See PayoutGateway."""
        params: Any = {"created": {"gte": int(moment.timestamp())}, "limit": PAGE}
        return map(payout_state, self._walk(lambda: self._api.payouts.list(params)))

    def payout(self, payout_id: str) -> PayoutState:
        """See PayoutGateway."""
        return payout_state(self._ask(lambda: self._api.payouts.retrieve(payout_id)).to_dict())

    def payout_lines(self, payout_id: str) -> Iterator[PayoutPart]:
        """See PayoutGateway. The payout's own entry, which takes the sum off the balance, is no part of it."""
        params: Any = {"payout": payout_id, "limit": PAGE, "expand": ["data.source"]}
        for balance in self._walk(lambda: self._api.balance_transactions.list(params)):
            if balance["type"] != "payout":
                yield payout_part(balance, self._site)


def payout_state(payout: Object) -> PayoutState:
    """Read a payout."""
    return PayoutState(
        id=payout["id"],
        amount=payout["amount"],
        currency=payout["currency"].upper(),
        status=payout["status"],
        automatic=payout["automatic"],
        complete=payout.get("reconciliation_status") == "completed",
        created_at=moment(payout["created"]),
        arrives_on=moment(payout["arrival_date"]).date(),
    )


def payout_part(balance: Object, site: str) -> PayoutPart:
    """Read a balance transaction whose source is expanded."""
    source = balance.get("source")
    return PayoutPart(
        balance_transaction=balance["id"],
        kind=balance["type"],
        source=id_of(source) or "",
        amount=balance["amount"],
        fee=balance["fee"],
        net=balance["net"],
        at=moment(balance["created"]),
        reference=(reference_of(source, site) or "") if isinstance(source, dict) else "",
    )

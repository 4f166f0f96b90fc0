"""Stripe's payouts and the balance transactions in them."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fundsite.payments.payouts import PayoutPart, PayoutState
from fundsite.payments.stripe_calls import PAGE, asked, since, walked
from fundsite.payments.stripe_reading import Object, id_of, moment, reference_of

if TYPE_CHECKING:
    from stripe import StripeClient


class PayoutCalls:
    """The part of the gateway that tells of payouts; see PayoutGateway."""

    _client: "StripeClient"
    _site: str

    def payouts_since(self, moment: datetime) -> Iterator[PayoutState]:
        """See PayoutGateway."""
        return map(payout_state, walked(lambda: self._client.v1.payouts.list(since(moment))))

    def payout(self, payout_id: str) -> PayoutState:
        """See PayoutGateway."""
        return payout_state(asked(lambda: self._client.v1.payouts.retrieve(payout_id)).to_dict())

    def payout_lines(self, payout_id: str) -> Iterator[PayoutPart]:
        """See PayoutGateway. The payout's own entry, which takes the sum off the balance, is no part of it."""
        params: Any = {"payout": payout_id, "limit": PAGE, "expand": ["data.source"]}
        for balance in walked(lambda: self._client.v1.balance_transactions.list(params)):
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

"""Refunds that wait for an account, refunds from the dashboard, and disputes."""

import pytest
import stripe


@pytest.fixture
def types(client):
    return lambda since=0: [event.type for event in client.v1.events.list({"limit": 100}).data][::-1][since:]


@pytest.fixture
def paid(opened, pay, client, eventually):
    """Pay by card and wait for the fee; return the charge."""

    def paid(card="4242424242424242"):
        pay(opened(), card)
        return eventually(lambda: next((c for c in client.v1.charges.list().data if c.balance_transaction), None))

    return paid


@pytest.fixture
def paid_in_cash(opened, pay, client, door):
    def paid_in_cash():
        session = pay(opened(allowed_payment_method_types=["konbini"]), method="konbini")["session"]
        return client.v1.charges.retrieve(door("POST", f"payments/{session['id']}/pay-at-store")["latest_charge"])

    return paid_in_cash


def nets(client):
    return [(entry.type, entry.net) for entry in client.v1.balance_transactions.list().data]


def test_cash_goes_back_when_the_payer_has_named_an_account(paid_in_cash, client, door, types):
    charge = paid_in_cash()
    refund = client.v1.refunds.create({"payment_intent": charge.payment_intent, "amount": 1000})
    assert (refund.status, refund.next_action.type) == ("requires_action", "display_details")
    details = refund.next_action.display_details
    assert details.email_sent.email_sent_to == charge.billing_details.email
    assert details.expires_at - refund.created == 45 * 86400
    assert nets(client)[0] == ("payment_refund", -1000)
    assert client.v1.charges.retrieve(charge.id).amount_refunded == 1000
    assert door("POST", f"refunds/{refund.id}", {"status": "pending"})["status"] == "pending"
    assert door("POST", f"refunds/{refund.id}")["status"] == "succeeded"
    assert types()[-2:] == ["refund.updated", "charge.refund.updated"]


def test_cash_for_which_nobody_names_an_account_comes_back(paid_in_cash, client, door, types):
    charge = paid_in_cash()
    refund = client.v1.refunds.create({"charge": charge.id, "instructions_email": "other@example.org"})
    assert refund.next_action.display_details.email_sent.email_sent_to == "other@example.org"
    door("POST", "clock", {"days": 45, "seconds": 1})
    lapsed = client.v1.refunds.retrieve(refund.id)
    assert (lapsed.status, lapsed.failure_reason) == ("failed", "unknown")
    assert nets(client)[0] == ("refund_failure", 3000)
    assert client.v1.charges.retrieve(charge.id).amount_refunded == 0
    assert types()[-1] == "refund.failed"


def test_a_refund_that_waits_can_be_called_off_or_expired(paid_in_cash, client):
    charge = paid_in_cash()
    called_off = client.v1.refunds.create({"charge": charge.id})
    assert client.v1.refunds.cancel(called_off.id).status == "canceled"
    expired = client.v1.refunds.create({"charge": charge.id})
    assert client.v1.test_helpers.refunds.expire(expired.id).status == "failed"
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.cancel(expired.id)
    assert client.v1.charges.retrieve(charge.id).amount_refunded == 0


def test_cash_is_given_back_within_half_a_year(paid_in_cash, client, door):
    charge = paid_in_cash()
    door("POST", "clock", {"days": 181})
    with pytest.raises(stripe.InvalidRequestError, match="180 days"):
        client.v1.refunds.create({"charge": charge.id})


def test_a_customer_s_balance_is_sent_back(client, door, types):
    customer = client.v1.customers.create({"email": "hanako@example.org"})
    door("POST", f"customers/{customer.id}/transfer", {"amount": 800})
    wanted = {"origin": "customer_balance", "customer": customer.id, "amount": 800, "currency": "jpy"}
    refund = client.v1.refunds.create(wanted)
    assert (refund.status, refund.charge, refund.customer) == ("requires_action", None, customer.id)
    with pytest.raises(stripe.InvalidRequestError, match="does not hold so much"):
        client.v1.refunds.create(wanted)
    client.v1.refunds.cancel(refund.id)
    assert client.v1.customers.cash_balance.retrieve(customer.id).available.to_dict() == {"jpy": 800}


def test_a_refund_of_the_dashboard_comes_as_events_without_a_request(paid, client, door):
    charge = paid()
    refund = door("POST", f"payments/{charge.payment_intent}/refund", {"amount": 500, "reason": "duplicate"})
    assert (refund["status"], refund["reason"], refund["metadata"]) == ("succeeded", "duplicate", {})
    event = client.v1.events.list({"type": "charge.refunded"}).data[0]
    assert (event.request.id, event.data.object.amount_refunded) == (None, 500)
    assert "greater than" in door("POST", f"payments/{charge.id}/refund", {"amount": 2501})["error"]


def test_a_refund_that_looked_done_can_come_back(paid, client, door, types):
    refund = client.v1.refunds.create({"charge": paid().id})
    failed = door("POST", f"refunds/{refund.id}", {"status": "failed", "reason": "lost_or_stolen_card"})
    assert (failed["status"], failed["failure_reason"]) == ("failed", "lost_or_stolen_card")
    assert door("POST", f"refunds/{refund.id}", {"status": "failed"})["status"] == "failed"
    assert types().count("refund.failed") == 1
    assert client.v1.refunds.update(refund.id, {"metadata": {"a": "1"}}).metadata.to_dict() == {"a": "1"}
    assert "can be moved to" in door("POST", f"refunds/{refund.id}", {"status": "gone"})["error"]


def test_a_dispute_takes_the_money_and_a_fee(paid, client, door, types):
    charge = paid()
    before = len(types())
    door("POST", f"payments/{charge.payment_intent}/dispute")
    dispute = client.v1.disputes.list({"payment_intent": charge.payment_intent}).data[0]
    assert (dispute.status, dispute.amount, dispute.charge) == ("needs_response", 3000, charge.id)
    (booked,) = dispute.balance_transactions
    assert (booked.type, booked.amount, booked.fee, booked.net) == ("adjustment", -3000, 1300, -4300)
    assert booked.reporting_category == "dispute"
    assert client.v1.charges.retrieve(charge.id).disputed
    assert types(before) == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.refunds.create({"charge": charge.id})
    assert refusal.value.code == "charge_disputed"
    assert "not disputed yet" in door("POST", f"payments/{charge.id}/dispute")["error"]


def test_a_dispute_that_is_won_brings_the_money_back_without_the_fee(paid, client, door, types):
    dispute = door("POST", f"payments/{paid().id}/dispute", {"amount": 1000, "reason": "product_not_received"})
    answered = client.v1.disputes.update(dispute["id"], {"evidence": {"uncategorized_text": "発送しました"}})
    assert (answered.status, answered.evidence_details.submission_count) == ("under_review", 1)
    before = len(types())
    won = door("POST", f"disputes/{dispute['id']}/close", {"outcome": "won"})
    assert won["status"] == "won"
    assert types(before) == ["charge.dispute.closed", "charge.dispute.funds_reinstated"]
    assert nets(client)[0] == ("adjustment", 1000)
    assert "closed" in door("POST", f"disputes/{dispute['id']}/close", {"outcome": "lost"})["error"]


def test_a_dispute_that_nobody_fights_is_lost(paid, client, door, types):
    dispute = door("POST", f"payments/{paid().id}/dispute")
    assert client.v1.disputes.close(dispute["id"]).status == "lost"
    assert types()[-1] == "charge.dispute.closed"
    assert "won or lost" in door("POST", f"disputes/{dispute['id']}/close", {"outcome": "drawn"})["error"]


def test_one_test_card_disputes_by_itself(paid, client, eventually):
    charge = paid("4000000000000259")
    disputed = eventually(lambda: client.v1.disputes.list({"charge": charge.id}).data)
    assert disputed[0].reason == "fraudulent"


def test_cash_is_never_disputed(paid_in_cash, door):
    assert "Only card payments" in door("POST", f"payments/{paid_in_cash().id}/dispute")["error"]

"""What Stripe's disputes say, in the shapes that the sandbox does not make: a fee alone, no time to answer."""

import pytest

from fundsite.payments.stripe_reading import payment_state

BALANCE = {"id": "txn_1", "fee": 100}
CHARGE = {"created": 1_800_000_000, "balance_transaction": BALANCE, "payment_method_details": {"type": "card"}}
INTENT = {
    "id": "pi_1",
    "status": "succeeded",
    "amount": 3_000,
    "amount_received": 3_000,
    "currency": "jpy",
    "created": 1_800_000_000,
    "latest_charge": CHARGE,
}


def row(number, amount, fee):
    return {"id": f"txn_d{number}", "amount": amount, "fee": fee, "created": 1_800_000_100 + number}


def dispute(*rows, **more):
    return {"id": "dp_1", "status": "needs_response", "balance_transactions": list(rows), **more}


def moved(*rows):
    """Return what a dispute did to the account."""
    state = payment_state(INTENT, [], [dispute(*rows)], "localhost")
    return [(one.kind, one.amount) for one in state.movements if one.kind not in {"charge", "fee"}]


def test_a_dispute_takes_the_sum_and_a_fee_and_brings_back_what_is_won():
    taken, returned = row(1, -3_000, 1_500), row(2, 3_000, -1_500)
    assert moved(taken) == [("dispute", -3_000), ("dispute_fee", -1_500)]
    assert moved(taken, returned)[2:] == [("dispute_returned", 3_000), ("fee_returned", 1_500)]


@pytest.mark.parametrize(("fee", "kind"), [(1_500, "dispute_fee"), (-1_500, "fee_returned")])
def test_a_fee_of_a_dispute_can_come_or_go_alone(fee, kind):
    assert moved(row(1, 0, fee)) == [(kind, -fee)]


def test_a_dispute_without_a_fee_is_its_sum():
    assert moved(row(1, -3_000, 0)) == [("dispute", -3_000)]


def test_until_when_to_answer_is_said_where_stripe_says_so_of_the_dispute_that_is_open():
    closed = {**dispute(row(1, -10, 0)), "id": "dp_0", "status": "won", "evidence_details": {"due_by": 1}}
    until = {"evidence_details": {"due_by": 1_800_000_900}}
    for mine, stamp in ((dispute(row(2, -3_000, 0), **until), 1_800_000_900), (dispute(row(2, -3_000, 0)), None)):
        due_at = payment_state(INTENT, [], [closed, mine], "localhost").dispute_due_at
        assert (due_at and int(due_at.timestamp())) == stamp

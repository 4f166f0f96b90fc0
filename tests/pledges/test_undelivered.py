"""A mail that could not be delivered is counted for the campaign of the pledge that it is about, whatever it tells."""

import pytest

from fundsite import clock
from fundsite.db import transaction
from fundsite.mail import OutboxMail
from fundsite.pledges.models import Payment, Refund
from fundsite.pledges.transfers.models import TransferReturn
from fundsite.pledges.undelivered import undelivered


@pytest.fixture
def two(site, make):
    """Two campaigns: seven pledges in the first, then one in the second, so that no two numbers mean the same."""
    first, second = make.campaign(), make.campaign("other")
    for _ in range(7):
        make.paid(first)
    return first, second, make.paid(second)


def keep(site, row):
    with site.inside(), transaction() as session:
        session.add(row)
        session.flush()
        return row.id


def failed(site, kind, about, status="failed"):
    now = clock.now()
    values = {"kind": kind, "about": about, "message_id": f"<{kind}-{about}-{status}>", "status": status}
    keep(site, OutboxMail(recipient="x@example.jp", locale="ja", created_at=now, due_at=now, **values))


def counted(site, campaigns):
    with site.inside():
        return [undelivered(campaign.id) for campaign in campaigns]


def asked(pledge, **values):
    return {"pledge_id": pledge.id, "amount": 500, "requested_at": clock.now(), **values}


def month(pledge):
    now = clock.now()
    times = {"created_at": now, "next_look_at": now}
    return Payment(pledge_id=pledge.id, purpose="renewal", number=1, amount=500, **times)


@pytest.mark.parametrize(
    ("kind", "row_of"),
    [
        ("pledge_refunded", lambda pledge: Refund(cause="staff", **asked(pledge))),
        ("pledge_past_due", month),
        ("transfer_returned", lambda pledge: TransferReturn(**asked(pledge, next_try_at=clock.now()))),
    ],
)
def test_a_mail_about_money_belongs_to_the_pledge_of_that_money(site, two, kind, row_of):
    first, second, pledge = two
    about = keep(site, row_of(pledge))
    assert about != pledge.id  # it is the number of a pledge of the first campaign
    failed(site, kind, about)
    assert counted(site, (first, second)) == [0, 1]


def test_a_mail_about_a_pledge_belongs_to_it_and_what_arrives_or_is_no_supporters_is_not_counted(site, two):
    first, second, pledge = two
    failed(site, "pledge_thanks", pledge.id)
    failed(site, "pledge_reminder", pledge.id, "sent")
    failed(site, "pledge_waiting", pledge.id, "queued")
    failed(site, "update_notice", pledge.id)
    failed(site, "staff_reset", 1)
    assert counted(site, (first, second)) == [0, 1]

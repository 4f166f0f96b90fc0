"""The staff's page of a transfer, when it is not any more what they saw, and when what they typed is too long."""

import pytest

from support.people import comes_back, pays, pledged, status_of
from support.site import TestSite, hidden_fields
from support.staffroom import signed_in
from support.world import SECRET


@pytest.fixture
def over(later_ways):
    """A pledge that is paid, and for which 2,000 yen came too much; the page where staff settle that."""
    pledge = pledged(later_ways, later_ways.campaign([3]))
    pays(later_ways, pledge, method="customer_balance")
    assert comes_back(later_ways, pledge).status == "waiting"
    assert later_ways.door(f"payments/{pledge.checkout_session_id}/transfer", {"amount": 5_000})
    later_ways.reconcile()
    assert status_of(later_ways, pledge) == "paid"
    return f"/staff/transfers/{pledge.id}/"


def press(world, page, what, **typed):
    browser = signed_in(TestSite(world.app, "", None, SECRET))
    return browser.post(f"{page}{what}", data={**hidden_fields(browser.get(page).text), **typed})


def test_what_was_paid_meanwhile_is_not_awaited_longer_and_staff_see_how_it_stands(later_ways, over):
    reply = press(later_ways, over, "wait")
    assert reply.status_code == 409
    assert "いまの状況をご確認ください" in reply.text
    assert "2,000円" in reply.text


def test_words_to_a_supporter_that_are_too_long_are_shown_again_and_nothing_is_sent_back(later_ways, over):
    reply = press(later_ways, over, "return", reason="あ" * 501)
    assert reply.status_code == 422
    assert press(later_ways, over, "return", reason="ありがとうございました。").status_code == 303

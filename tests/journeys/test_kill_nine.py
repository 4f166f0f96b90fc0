"""Kill -9 at every step between the form and the mail, and what the supporter finds afterwards."""

import contextlib
import os
import signal
from itertools import count

import pytest
import requests
from requests.exceptions import ConnectionError as NotReached
from sqlalchemy import select

from fundsite.mail import OutboxMail
from fundsite.pledges.models import Pledge
from fundsite.rewards.models import Reward
from support.factories import Factory, confirmed
from support.letterbox import Letterbox
from support.running import RunningSite, answers
from support.waiting import wait_until

FORM = ("commit", "stripe open_checkout", "commit", "answer pledges.confirm")
# What a worker does with a payment that is known: its fee, then a walk through Stripe's own lists.
WALK = ("checkouts_since", "payments_since", "touched_since", "touched_since")
WALK += ("subscriptions", "invoices_since", "payouts_since")
# What is owed now; visitors whose hour is over are forgotten; the list of backers can be searched.
KEEPING = ("commit", "commit", "commit")
BOOKS = ("stripe payment", "stripe _refunds", "commit", *(f"stripe {name}" for name in WALK), *KEEPING)
MAIL = ("commit", "mail", "commit", "commit")
# How the news of a payment comes in: Stripe tells us, the supporter comes back, or the worker asks.
NEWS = {
    "webhook": ("commit", "stripe checkout", "commit", "commit", "answer webhooks.stripe"),
    "thanks": ("stripe checkout", "commit", "answer room.thanks"),
    "worker": ("commit", "stripe checkout", "commit"),
}
GIVING_UP = ("stripe expire_checkout", "commit", "answer room.give_up")
STOCK = 1000
NUMBERS = count(1)


def every_step():
    """Return each step to die at: the form and the mail once, the news by each of its ways."""
    for way, news in NEWS.items():
        steps = (*FORM, *news, *BOOKS, *MAIL)
        for number, name in enumerate(steps, 1):
            shared = number <= len(FORM) or number > len(FORM) + len(news)
            if way == "webhook" or not shared:
                yield pytest.param(way, number, id=f"{way} {number} {name}")


@pytest.fixture(scope="module")
def deadly_site(server, nursery, tmp_path_factory):
    """A site whose processes die where they are told to, with one reward."""
    folder = tmp_path_factory.mktemp("deadly")
    with (
        server.fresh() as database,
        Letterbox() as letterbox,
        RunningSite(nursery, database.url, folder, letterbox) as site,
    ):
        with site.app.app_context():
            make = Factory(site)
            make.reward(make.campaign(), stock=STOCK)
        site.start("sandbox", "web")
        site.work()  # what a worker does once, at its first look at a campaign, is no step of a pledge
        yield site


class Supporter:
    """Somebody who confirms a pledge, and tries again as a person would when the page does not come."""

    def __init__(self, site):
        self.site, self.email = site, f"backer{next(NUMBERS)}@example.jp"
        self.browser = site.visitor()
        self.form = confirmed(self.browser, "ie", "A", email=self.email)

    def confirm(self):
        """Confirm; where the connection broke, reload once the site is back. Returns where it leads."""
        reply = patiently(self.site, lambda: self.browser.post("/c/ie/pledge/confirm", data=self.form))
        assert reply.status_code == 303, reply.text
        return reply.headers["Location"]

    def pay(self, address):
        """Pay on the page of the payment service, which leads to the thanks."""
        session_id = address.rpartition("/")[2]
        outcome = self.site.pay(session_id)
        assert outcome["outcome"] == "succeeded", outcome
        return outcome["session"]["success_url"]

    def pledge(self):
        """Return the one row that this supporter has."""
        [row] = self.site.rows(select(Pledge).where(Pledge.email == self.email))
        return row[0]

    def mails(self):
        return self.site.letterbox.to(self.email)


def patiently(site, act):
    """Do something on the site; if the site dies over it, start it again and do it once more."""
    try:
        return act()
    except NotReached:
        assert site.ended("web") == -9
        site.start("web")
        return act()


def revive(site):
    """Start the web server again if it has died."""
    if site.processes["web"].poll() is not None:
        site.ended("web")
        site.start("web")


def work(site):
    """Run the worker, a second time where the first was killed."""
    if site.work() != 0:
        assert site.work() == 0


@contextlib.contextmanager
def walking(site, number):
    """Count steps from here, and die before the one of this number (0: at none). Yields the file of their names."""
    steps, armed = site.control / "steps", site.control / "armed"
    armed.write_text(str(number))
    steps.write_text("")
    try:
        yield steps
        assert number == 0 or not armed.exists(), f"step {number} was never reached: {steps.read_text().split(chr(10))}"
    finally:
        steps.unlink()
        armed.unlink(missing_ok=True)


def from_form_to_mail(site, supporter, way):
    """Go the whole way, with whatever a person does when a page does not come."""
    with site.faults(webhooks={"lose": 1.0}):
        thanks = supporter.pay(supporter.confirm())
        if way == "webhook":
            send_the_news(site, supporter)
            news_arrived(site, supporter)
        elif way == "thanks":
            path = thanks.removeprefix(site.url)
            page = patiently(site, lambda: supporter.browser.get(path))
            assert "ありがとうございます" in page.text
        work(site)


def send_the_news(site, supporter):
    """Have Stripe deliver the one event that says that the session is paid."""
    session_id = supporter.pledge().checkout_session_id
    [event] = [found for found in site.events_about(session_id) if found["type"] == "checkout.session.completed"]
    site.stripe(f"events/{event['id']}/resend", {})


def news_arrived(site, supporter):
    """Wait until the webhook has been delivered and answered, whatever died meanwhile."""

    def delivered():
        revive(site)
        waiting = site.stripe("deliveries?status=pending")["deliveries"]
        return not waiting and supporter.pledge().status == "paid"

    wait_until(delivered, "the webhook was delivered")


def assert_one_of_everything(site, supporter, *, mails=1):
    """One pledge, one session, one charge, one mail (with one Message-ID), and books that agree."""
    pledge = supporter.pledge()
    assert (pledge.status, pledge.total) == ("paid", 3_000)
    books = site.books(pledge.reference)
    assert [line["payment_status"] for line in books["sessions"]] == ["paid"]
    assert [(line["status"], line["amount"]) for line in books["charges"]] == [("succeeded", 3_000)]
    assert books["refunds"] == []
    assert 1 <= len(supporter.mails()) <= mails
    assert len({mail["Message-ID"] for mail in supporter.mails()}) == 1
    assert site.rows(select(OutboxMail.status).where(OutboxMail.about == pledge.id)) == [("sent",)]
    assert site.command("check") == 0


@pytest.mark.parametrize("way", NEWS)
def test_the_walk_knows_every_step_between_form_and_mail(deadly_site, way):
    supporter = Supporter(deadly_site)
    with walking(deadly_site, 0) as steps:
        from_form_to_mail(deadly_site, supporter, way)
        assert tuple(steps.read_text().splitlines()) == (*FORM, *NEWS[way], *BOOKS, *MAIL)
    assert_one_of_everything(deadly_site, supporter)


@pytest.mark.parametrize(("way", "number"), list(every_step()))
def test_a_supporter_is_charged_and_thanked_once_though_the_site_was_killed(deadly_site, way, number):
    supporter = Supporter(deadly_site)
    with walking(deadly_site, number):
        from_form_to_mail(deadly_site, supporter, way)
    noting_the_mail = len((*FORM, *NEWS[way], *BOOKS)) + 3
    assert_one_of_everything(deadly_site, supporter, mails=2 if number == noting_the_mail else 1)


@pytest.mark.parametrize("number", range(1, len(GIVING_UP) + 1), ids=GIVING_UP)
def test_a_pledge_that_is_given_up_gives_its_stock_back_though_the_site_was_killed(deadly_site, number):
    claimed = claimed_now(deadly_site)
    supporter = Supporter(deadly_site)
    supporter.confirm()
    assert claimed_now(deadly_site) == claimed + 1
    left = left_page(deadly_site, supporter)
    form = {"csrf_token": supporter.form["csrf_token"]}
    with walking(deadly_site, number):
        reply = patiently(deadly_site, lambda: supporter.browser.post(left.replace("left", "give-up"), data=form))
    assert reply.status_code == 303
    work(deadly_site)
    pledge = supporter.pledge()
    assert pledge.status in {"canceled", "expired"}
    assert [line["status"] for line in deadly_site.books(pledge.reference)["sessions"]] == ["expired"]
    assert claimed_now(deadly_site) == claimed
    assert supporter.mails() == []
    assert deadly_site.command("check") == 0


@pytest.mark.parametrize("number", [1, 2, 3], ids=FORM[:3])
def test_a_supporter_who_never_comes_back_after_a_kill_holds_no_stock_for_good(deadly_site, number):
    claimed = claimed_now(deadly_site)
    supporter = Supporter(deadly_site)
    with walking(deadly_site, number):
        with pytest.raises(NotReached):
            supporter.browser.post("/c/ie/pledge/confirm", data=supporter.form)
        revive_after_death(deadly_site)
    work(deadly_site)  # finds or opens the session, so that its end will be known
    if number > 1:
        assert supporter.pledge().status == "pending"
        expire(deadly_site, supporter.pledge().checkout_session_id)
        work(deadly_site)
        wait_until(lambda: supporter.pledge().status == "expired", "the session ran out")
    assert claimed_now(deadly_site) == claimed
    assert deadly_site.command("check") == 0


def test_a_server_of_which_only_the_first_process_was_killed_does_not_answer_on(deadly_site):
    os.kill(deadly_site.processes["web"].pid, signal.SIGKILL)
    assert deadly_site.ended("web") == -9
    wait_until(lambda: not answers(f"{deadly_site.url}/readyz"), "the orphan stopped", seconds=10)
    deadly_site.start("web")


def revive_after_death(site):
    assert site.ended("web") == -9
    site.start("web")


def expire(site, session_id):
    """Let a session run out, as time would."""
    address = f"{site.stripe_url}/v1/checkout/sessions/{session_id}/expire"
    requests.post(address, auth=(site.site_settings.stripe_secret_key, ""), timeout=10).raise_for_status()


def left_page(site, supporter):
    """Return the path to which the payment page's back link leads."""
    [session] = [
        found
        for found in site.stripe("sessions")["sessions"]
        if found["client_reference_id"] == supporter.pledge().reference
    ]
    return session["cancel_url"].removeprefix(site.url)


def claimed_now(site):
    [(claimed,)] = site.rows(select(Reward.claimed))
    return claimed

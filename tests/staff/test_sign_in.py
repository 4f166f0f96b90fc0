"""Coming in, staying in, and being kept out without keeping others out."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select, update

from fundsite import clock
from fundsite.audit import AuditEntry
from fundsite.limits import network
from fundsite.staff.models import StaffSession, Tries
from fundsite.staff.service import disable_staff
from fundsite.staff.sessions import COOKIE
from support.staff import PASSWORD, knock, person, post, signed_in

ELSEWHERE = {"REMOTE_ADDR": "198.51.100.7"}


def acts(site):
    return [row[0] for row in site.rows(select(AuditEntry.action).order_by(AuditEntry.id))]


def test_the_right_password_opens_the_room(site):
    person(site)
    browser = site.browser()
    reply = knock(browser)
    assert reply.status_code == 303
    assert reply.location == "/staff/"
    assert "山田 花さん" in browser.get("/staff/").text
    assert acts(site) == ["staff.added", "staff.signed_in"]


def test_each_sign_in_has_a_new_token_and_ends_the_one_before(site):
    person(site)
    browser = site.browser()
    knock(browser)
    first = browser.get_cookie(COOKIE).value
    knock(browser)
    assert browser.get_cookie(COOKIE).value != first
    browser.set_cookie(COOKIE, first)
    assert browser.get("/staff/").status_code == 303


def test_a_cookie_planted_before_sign_in_is_worth_nothing_after_it(site):
    person(site)
    browser = site.browser()
    browser.set_cookie(COOKIE, "planted")
    knock(browser)
    thief = site.browser()
    thief.set_cookie(COOKIE, "planted")
    assert thief.get("/staff/").status_code == 303


def test_the_page_that_was_asked_for_is_shown_after_sign_in(site):
    person(site)
    browser = site.browser()
    asked = browser.get("/staff/log/?action=staff.added")
    reply = browser.get(asked.location)
    reply = post(browser, asked.location, email="owner@staff.example", password=PASSWORD)
    assert reply.location == "/staff/log/?action=staff.added"


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "/\\evil.example", "/staff\\evil"])
def test_a_foreign_address_is_not_followed_after_sign_in(site, address):
    person(site)
    reply = post(site.browser(), f"/staff/sign-in?next={address}", email="owner@staff.example", password=PASSWORD)
    assert reply.location == "/staff/"


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(site):
    person(site)
    wrong = knock(site.browser(), password="not the password")
    unknown = knock(site.browser(), email="nobody@staff.example")
    assert wrong.status_code == unknown.status_code == 422
    words = "メールアドレスかパスワードが違います。"
    assert words in wrong.text
    assert words in unknown.text
    assert acts(site) == ["staff.added", "staff.sign_in_failed", "staff.sign_in_failed"]


def test_the_audit_log_holds_no_address_of_who_failed(site):
    knock(site.browser(), email="secret@staff.example")
    entry = site.one(select(AuditEntry))
    assert (entry.staff_id, entry.object_id, entry.detail) == (None, "", {"at": "password"})


def failed(site, times, **kwargs):
    return [knock(site.browser(), password="wrong wrong wrong", **kwargs).status_code for _ in range(times)]


def test_after_five_failures_one_waits_even_with_the_right_password(site):
    person(site)
    assert failed(site, 6) == [422] * 5 + [429]
    assert knock(site.browser()).status_code == 429


def test_the_pauses_grow_and_end(site):
    person(site)
    failed(site, 5)
    start = clock.now()
    with time_machine.travel(start + timedelta(seconds=31), tick=False):
        assert failed(site, 2) == [422, 429]
    with time_machine.travel(start + timedelta(seconds=70), tick=False):
        assert failed(site, 1) == [429]
    with time_machine.travel(start + timedelta(seconds=95), tick=False):
        assert knock(site.browser()).status_code == 303
        assert failed(site, 5) == [422] * 5


def test_failures_elsewhere_stop_nobody_at_another_address(site):
    person(site)
    assert failed(site, 6, environ_base=ELSEWHERE)[-1] == 429
    assert knock(site.browser()).status_code == 303


def test_failures_at_the_same_address_do_not_stop_a_browser_that_signed_in_before(site):
    person(site)
    browser = site.browser()
    knock(browser)
    post(browser, "/staff/", "/staff/sign-out")
    assert failed(site, 6)[-1] == 429
    assert knock(browser).status_code == 303


def test_a_known_browser_waits_for_its_own_failures(site):
    person(site)
    browser = site.browser()
    knock(browser)
    replies = [knock(browser, password="wrong wrong wrong").status_code for _ in range(6)]
    assert replies == [422] * 5 + [429]
    assert knock(site.browser()).status_code == 303


def test_a_browser_known_for_one_person_is_a_stranger_for_another(site):
    person(site)
    person(site, "editor")
    browser = site.browser()
    knock(browser, "editor@staff.example")
    failed(site, 5)
    assert knock(browser).status_code == 429


def test_one_address_cannot_try_many_accounts(site):
    person(site)
    replies = [knock(site.browser(), email=f"nobody{number}@staff.example").status_code for number in range(41)]
    assert replies == [422] * 40 + [429]
    assert knock(site.browser(), environ_base=ELSEWHERE).status_code == 303


def test_what_keeps_people_out_holds_no_address(site):
    failed(site, 1)
    keys = [row[0] for row in site.rows(select(Tries.key))]
    assert len(keys) == 2
    assert all(len(key) == 64 for key in keys)


@pytest.mark.parametrize(
    ("one", "other"),
    [("2001:db8:1:2:aaaa::1", "2001:db8:1:2:bbbb::2"), ("::ffff:192.0.2.1", "192.0.2.1")],
)
def test_addresses_that_one_visitor_holds_count_as_one(one, other):
    assert network(one) == network(other)


def test_a_closed_account_is_out_at_once_and_stays_out(site):
    person(site)
    editor = signed_in(site, person(site, "editor"))
    assert editor.get("/staff/").status_code == 200
    with site.inside():
        disable_staff("editor@staff.example")
    assert editor.get("/staff/").status_code == 303
    assert knock(site.browser(), "editor@staff.example").status_code == 422


def test_signing_out_ends_the_session_and_not_only_the_cookie(site):
    browser = signed_in(site, person(site))
    token = browser.get_cookie(COOKIE).value
    post(browser, "/staff/", "/staff/sign-out")
    browser.set_cookie(COOKIE, token)
    assert browser.get("/staff/").status_code == 303


def test_a_session_ends_after_two_weeks(site):
    browser = signed_in(site, person(site))
    with time_machine.travel(clock.now() + timedelta(days=14, seconds=1), tick=False):
        assert browser.get("/staff/").status_code == 303


def test_one_sees_and_ends_ones_other_sessions(site):
    me = person(site)
    here, there, third = (signed_in(site, me) for _ in range(3))
    page = here.get("/staff/account/").text
    assert page.count("Chrome / Linux") == 3
    other = site.one(select(func.min(StaffSession.id).filter(StaffSession.revoked_at.is_(None)))) + 1
    assert post(here, "/staff/account/", f"/staff/account/sessions/{other}/end").status_code == 303
    assert there.get("/staff/").status_code == 303
    assert third.get("/staff/").status_code == 200
    post(here, "/staff/account/", "/staff/account/sessions/end-others")
    assert third.get("/staff/").status_code == 303
    assert here.get("/staff/").status_code == 200


def test_nobody_ends_another_persons_session(site):
    victim = signed_in(site, person(site))
    theirs = site.one(select(StaffSession.id))
    editor = signed_in(site, person(site, "editor"))
    assert post(editor, "/staff/account/", f"/staff/account/sessions/{theirs}/end").status_code == 404
    assert victim.get("/staff/").status_code == 200


def test_the_last_visit_is_noted_now_and_then(site):
    browser = signed_in(site, person(site))
    site.change(update(StaffSession).values(seen_at=clock.now() - timedelta(hours=1)))
    browser.get("/staff/")
    assert clock.now() - site.one(select(StaffSession.seen_at)) < timedelta(minutes=1)


def test_a_full_width_password_is_the_same_password(site):
    person(site)
    wide = "".join(chr(ord(letter) + 0xFEE0) if letter != " " else "\u3000" for letter in PASSWORD)
    assert knock(site.browser(), password=wide).status_code == 303

"""Passwords renewed by mail, and changed by those who know them."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from fundsite import clock
from fundsite.mail import OutboxMail
from fundsite.staff.errors import LinkOver
from fundsite.staff.models import PasswordReset
from fundsite.staff.passwords import reset_password
from support.races import at_once
from support.staff import PASSWORD, knock, link_in, person, post, signed_in, with_codes

NEW = "another long password"


def ask(site, email="owner@staff.example", **kwargs):
    browser = site.browser()
    browser.environ_base.update(kwargs)
    return post(browser, "/staff/reset/", email=email)


def mailed(site, email="owner@staff.example"):
    ask(site, email)
    site.work()
    return link_in(site.letterbox.to(email)[-1])


def renew(browser, link, password=NEW, again=None):
    return post(browser, link, new_password=password, again=password if again is None else again)


def test_a_mailed_link_gives_a_new_password_and_ends_every_session(site):
    signed = signed_in(site, person(site))
    link = mailed(site)
    reply = renew(site.browser(), link)
    assert reply.location == "/staff/sign-in?done=reset"
    assert signed.get("/staff/").status_code == 303
    assert knock(site.browser()).status_code == 422
    assert knock(site.browser(), password=NEW).status_code == 303


def test_the_answer_is_the_same_for_an_address_that_nobody_has(site):
    person(site)
    assert ask(site).text == ask(site, "nobody@staff.example").text
    assert len(site.rows(select(OutboxMail))) == 1


def test_a_link_opens_once(site):
    person(site)
    link = mailed(site)
    assert renew(site.browser(), link).status_code == 303
    assert site.get(link).status_code == 410


def test_looking_at_the_link_uses_nothing_up(site):
    person(site)
    link = mailed(site)
    assert [site.get(link).status_code for _ in range(3)] == [200, 200, 200]


def test_a_link_is_over_after_an_hour(site):
    person(site)
    link = mailed(site)
    with time_machine.travel(clock.now() + timedelta(minutes=61), tick=False):
        assert site.get(link).status_code == 410


def test_a_new_password_voids_other_links(site):
    person(site)
    first, second = mailed(site), mailed(site)
    assert first != second
    assert renew(site.browser(), second).status_code == 303
    assert site.get(first).status_code == 410


def test_no_link_lies_in_the_database(site):
    person(site)
    token = mailed(site).split("/")[3]
    rows = site.rows(select(PasswordReset.nonce, PasswordReset.token_hash)) + site.rows(select(OutboxMail))
    assert token not in str(rows)


def test_codes_are_still_asked_for_after_a_reset(site):
    with_codes(signed_in(site, person(site)))
    renew(site.browser(), mailed(site))
    assert knock(site.browser(), password=NEW).location == "/staff/sign-in/code"


def test_one_address_cannot_fill_somebodys_letterbox(site):
    person(site)
    assert [ask(site).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert ask(site, REMOTE_ADDR="198.51.100.7").status_code == 200


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaaa", "OWNER@staff.example", "x" * 201])
def test_a_password_that_is_easily_guessed_is_refused(site, password):
    person(site)
    assert renew(site.browser(), mailed(site), password).status_code == 422


def test_two_passwords_that_differ_are_refused(site):
    person(site)
    reply = renew(site.browser(), mailed(site), again="something else entirely")
    assert "2つのパスワードが違います" in reply.text


def test_two_who_use_a_link_at_once_are_one(site):
    person(site)
    token = mailed(site).split("/")[3]
    assert sorted(at_once(site, 4, lambda number: reset_password(token, f"{NEW} {number}"), LinkOver)) == [0, 1, 1, 1]


def change(browser, old, new):
    typed = {"password-password": old, "password-new_password": new, "password-again": new}
    return post(browser, "/staff/account/", "/staff/account/password", **typed)


def test_changing_the_password_wants_the_old_one_and_ends_other_sessions(site):
    me = person(site)
    here, there = signed_in(site, me), signed_in(site, me)
    assert change(here, "wrong wrong wrong", NEW).status_code == 422
    assert change(here, PASSWORD, NEW).status_code == 303
    assert here.get("/staff/").status_code == 200
    assert there.get("/staff/").status_code == 303
    assert knock(site.browser(), password=NEW).status_code == 303


def test_the_old_password_cannot_be_guessed_from_inside(site):
    browser = signed_in(site, person(site))
    for _ in range(5):
        change(browser, "wrong wrong wrong", NEW)
    assert "分ほどおいてから" in change(browser, PASSWORD, NEW).text

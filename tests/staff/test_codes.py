"""The second step of signing in."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from fundsite import clock
from fundsite.staff.door import HALF_COOKIE
from fundsite.staff.models import RecoveryCode, Staff
from fundsite.staff.service import require_codes
from fundsite.staff.sessions import COOKIE
from support.site import hidden_fields
from support.staff import PASSWORD, code_of, knock, person, post, signed_in, with_codes


@pytest.fixture
def later():
    """A moment after the code that ended the set-up: a code counts once."""
    with time_machine.travel(clock.now() + timedelta(minutes=2), tick=False):
        yield clock.now()


@pytest.fixture
def me(site):
    """Return the number of an owner with codes."""
    staff_id = person(site)
    site.recovery = with_codes(signed_in(site, staff_id))[1]
    return staff_id


def halfway(site):
    browser = site.browser()
    reply = knock(browser)
    assert reply.location == "/staff/sign-in/code"
    return browser


def give(browser, code):
    return post(browser, "/staff/sign-in/code", code=code)


def test_the_password_alone_opens_no_session(site, me):
    browser = halfway(site)
    assert browser.get_cookie(COOKIE) is None
    assert browser.get("/staff/").status_code == 303
    assert "確認コード" in browser.get("/staff/sign-in/code").text


def test_the_code_of_now_opens_the_room(site, me, later):
    browser = halfway(site)
    assert give(browser, code_of(site, me)).location == "/staff/"
    assert browser.get("/staff/").status_code == 200
    assert browser.get_cookie(HALF_COOKIE) is None


def test_a_code_with_full_width_digits_and_spaces_is_understood(site, me, later):
    code = code_of(site, me)
    wide = " ".join(chr(ord(digit) + 0xFEE0) for digit in code)
    assert give(halfway(site), wide).status_code == 303


def test_a_code_is_never_accepted_twice(site, me, later):
    code = code_of(site, me)
    assert give(halfway(site), code).status_code == 303
    assert give(halfway(site), code).status_code == 422


def test_an_earlier_code_is_not_accepted_after_a_later_one(site, me, later):
    earlier = code_of(site, me, later - timedelta(seconds=30))
    assert give(halfway(site), code_of(site, me)).status_code == 303
    assert give(halfway(site), earlier).status_code == 422


def test_the_code_that_ended_the_set_up_does_not_sign_in(site):
    start = clock.now()
    with time_machine.travel(start, tick=False):
        me = person(site)
        with_codes(signed_in(site, me))
        assert give(halfway(site), code_of(site, me)).status_code == 422


@pytest.mark.parametrize(("seconds", "status"), [(-30, 303), (30, 303), (-60, 422), (60, 422), (90, 422)])
def test_a_clock_that_is_half_a_minute_off_is_forgiven(site, me, later, seconds, status):
    assert give(halfway(site), code_of(site, me, later + timedelta(seconds=seconds))).status_code == status


def test_a_recovery_code_opens_once(site, me):
    assert give(halfway(site), site.recovery[0].lower()).status_code == 303
    assert give(halfway(site), site.recovery[0]).status_code == 422
    assert give(halfway(site), site.recovery[1].replace("-", "").replace("0", "O")).status_code == 303


def test_neither_secrets_nor_recovery_codes_lie_in_the_database(site):
    secret, recovery = with_codes(signed_in(site, person(site)))
    kept = [str(row) for row in site.rows(select(Staff.totp_secret))]
    kept += [str(row) for row in site.rows(select(RecoveryCode.code_hash))]
    assert len(kept) == 11
    for word in (secret, *(code.replace("-", "") for code in recovery)):
        assert word not in "".join(kept)


def test_after_five_wrong_codes_one_waits(site, me, later):
    browser = halfway(site)
    assert [give(browser, "000000").status_code for _ in range(6)] == [422] * 5 + [429]
    assert give(browser, code_of(site, me)).status_code == 429


def test_wrong_codes_elsewhere_do_not_stop_a_known_browser(site, me, later):
    known = halfway(site)
    give(known, code_of(site, me))
    thief = halfway(site)
    assert [give(thief, "000000").status_code for _ in range(6)][-1] == 429
    knock(known)
    assert give(known, code_of(site, me, later + timedelta(seconds=30))).status_code == 303


def test_codes_cannot_be_guessed_from_many_addresses(site, me, later):
    tried = []
    for number in range(13):
        thief = site.browser()
        thief.environ_base["REMOTE_ADDR"] = f"198.51.100.{number}"
        knock(thief)
        tried += [give(thief, "000000").status_code for _ in range(5)]
    assert tried.count(422) == 60
    assert tried[-1] == 429


def test_the_half_step_is_over_after_ten_minutes(site, me):
    browser = halfway(site)
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
        assert browser.get("/staff/sign-in/code").location == "/staff/sign-in"


def test_the_half_step_cannot_be_forged_or_carried_to_another_person(site, me):
    browser = site.browser()
    browser.set_cookie(HALF_COOKIE, "eyJzdGFmZiI6MX0.x.y")
    assert browser.get("/staff/sign-in/code").location == "/staff/sign-in"


def test_switching_on_ends_sessions_that_were_opened_without_a_code(site):
    me = person(site)
    here, there = signed_in(site, me), signed_in(site, me)
    with_codes(here)
    assert here.get("/staff/").status_code == 200
    assert there.get("/staff/").status_code == 303


def test_a_wrong_first_code_switches_nothing_on_and_keeps_the_picture(site):
    browser = signed_in(site, person(site))
    reply = post(browser, "/staff/account/codes", code="000000", password=PASSWORD)
    assert reply.status_code == 422
    assert site.one(select(Staff.totp_secret)) is None
    box = hidden_fields(reply.text)["box"]
    fields = {**hidden_fields(reply.text), "code": "000000", "password": PASSWORD}
    assert hidden_fields(browser.post("/staff/account/codes", data=fields).text)["box"] == box
    reply = post(browser, "/staff/account/codes", code="000000", password="wrong wrong wrong")
    assert "パスワードが違います" in reply.text


def test_switching_off_wants_the_password(site, me, later):
    browser = signed_in(site, me)
    address = "/staff/account/codes/off"
    assert post(browser, "/staff/account/", address, **{"off-password": "wrong wrong"}).status_code == 422
    assert post(browser, "/staff/account/", address, **{"off-password": PASSWORD}).status_code == 303
    assert knock(site.browser()).location == "/staff/"


def test_new_recovery_codes_void_the_old(site, me):
    browser = signed_in(site, me)
    reply = post(browser, "/staff/account/", "/staff/account/codes/recovery", **{"renew-password": PASSWORD})
    assert reply.status_code == 200
    assert give(halfway(site), site.recovery[0]).status_code == 422


def test_when_codes_are_required_whoever_has_none_is_led_to_set_them_up(site):
    owner = person(site)
    with site.inside():
        require_codes(owner, required=True)
    browser = site.browser()
    knock(browser)
    assert browser.get("/staff/log/").location == "/staff/account/codes?next=/staff/log/"
    assert browser.get("/staff/account/").status_code == 303
    with_codes(browser)
    assert browser.get("/staff/log/").status_code == 200
    reply = post(browser, "/staff/account/", "/staff/account/codes/off", **{"off-password": PASSWORD})
    assert reply.status_code == 409


def test_the_owner_helps_somebody_who_lost_the_telephone(site, me):
    editor = person(site, "editor")
    with_codes(signed_in(site, editor))
    owner = signed_in(site, me)
    assert post(owner, "/staff/people/", f"/staff/people/{editor}/codes-off").status_code == 303
    assert knock(site.browser(), "editor@staff.example").location == "/staff/"
    assert post(owner, "/staff/people/", f"/staff/people/{me}/codes-off").status_code == 409


def test_the_set_up_shows_a_picture_and_the_same_key_in_letters(site):
    browser = signed_in(site, person(site))
    page = browser.get("/staff/account/codes").text
    assert 'src="data:image/svg+xml' in page
    assert re.search(r"data-secret>(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}<", page)

"""Passkeys: made by somebody who has just proved who they are, and good for nothing but their owner's sign-in here."""

import json
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select, update

from fundsite import clock
from fundsite.audit import AuditEntry
from fundsite.staff import door, passkeys
from fundsite.staff.errors import WrongPasskey
from fundsite.staff.models import Passkey, SpentChallenge, StaffSession
from fundsite.staff.service import disable_staff, require_codes
from support.authenticator import PRESENT, Authenticator
from support.passkeys import add, asked_in, begin
from support.races import at_once
from support.site import hidden_fields
from support.staff import knock, person, post, signed_in

ACCOUNT = "/staff/account/"
REFUSED = "パスキーを確認できませんでした。"
ELSEWHERE = {"REMOTE_ADDR": "198.51.100.7"}


def ask(browser):
    """Do what the script of the sign-in page does first."""
    token = hidden_fields(browser.get("/staff/sign-in").text)["csrf_token"]
    found = browser.post("/staff/sign-in/passkey/options", data={"csrf_token": token}).json
    return found["options"], {"csrf_token": token, "box": found["box"]}


def send(browser, fields, answer, path="/staff/sign-in/passkey", **kwargs):
    return browser.post(path, data={**fields, "answer": answer}, **kwargs)


def come_in(browser, device, **kwargs):
    options, fields = ask(browser)
    return send(browser, fields, device.answer(options), **kwargs)


def is_refused(reply):
    return reply.status_code == 422 and REFUSED in reply.text


def acts(site):
    return [row[0] for row in site.rows(select(AuditEntry.action).order_by(AuditEntry.id))]


@pytest.fixture
def me(site):
    return person(site)


@pytest.fixture
def home(site, me):
    return signed_in(site, me)


@pytest.fixture
def device(home):
    """A telephone whose passkey is known."""
    made = Authenticator()
    assert add(home, made).location == "/staff/account/?done=passkey"
    return made


def test_a_passkey_alone_opens_the_room(site, me, device):
    browser = site.browser()
    reply = come_in(browser, device)
    assert (reply.status_code, reply.location) == (303, "/staff/")
    assert "山田 花さん" in browser.get("/staff/").text
    assert acts(site)[-2:] == ["staff.passkey_added", "staff.signed_in"]
    assert site.one(select(AuditEntry.detail).order_by(AuditEntry.id.desc()).limit(1)) == {"way": "passkey"}


def test_a_sign_in_by_passkey_stands_in_the_list_of_sessions_and_on_the_passkey(site, home, device):
    assert "まだ使われていません" in home.get(ACCOUNT).text
    come_in(site.browser(), device)
    page = home.get(ACCOUNT).text
    assert "最後の使用" in page
    assert page.count("最後の操作") == 2


def test_the_page_that_was_asked_for_is_shown_after_it(site, device):
    browser = site.browser()
    options, fields = ask(browser)
    reply = send(browser, fields, device.answer(options), "/staff/sign-in/passkey?next=/staff/account/")
    assert reply.location == ACCOUNT
    other = site.browser()
    options, fields = ask(other)
    reply = send(other, fields, device.answer(options), "/staff/sign-in/passkey?next=https://evil.example/")
    assert reply.location == "/staff/"


def test_nobody_adds_a_passkey_without_the_password(site, home):
    page = begin(home, password="not the password")
    assert page.status_code == 422
    assert "パスワードが違います。" in page.text
    assert "data-creation" not in page.text


def test_wrong_passwords_there_are_counted_as_everywhere(site, home):
    for _ in range(5):
        begin(home, password="not the password")
    assert "分ほどおいてから" in begin(home).text


def test_what_was_asked_of_one_session_is_not_taken_from_another(site, me, home):
    device, other = Authenticator(), signed_in(site, me)
    options, fields = asked_in(begin(home))
    token = hidden_fields(other.get(ACCOUNT).text)["csrf_token"]
    reply = send(other, {**fields, "csrf_token": token}, device.make(options), "/staff/account/passkeys")
    assert reply.location.endswith("done=no-passkey")
    assert site.one(select(func.count(Passkey.id))) == 0


def test_a_passkey_is_added_once_for_each_asking(site, home):
    options, fields = asked_in(begin(home))
    first, second = Authenticator(), Authenticator()
    assert send(home, fields, first.make(options), "/staff/account/passkeys").location.endswith("done=passkey")
    assert send(home, fields, second.make(options), "/staff/account/passkeys").location.endswith("done=no-passkey")
    assert site.one(select(func.count(Passkey.id))) == 1


def test_a_passkey_that_is_made_too_late_is_not_kept(site, home):
    options, fields = asked_in(begin(home))
    with time_machine.travel(clock.now() + timedelta(minutes=6), tick=False):
        reply = send(home, fields, Authenticator().make(options), "/staff/account/passkeys")
    assert reply.location.endswith("done=no-passkey")


@pytest.mark.parametrize("device", [Authenticator(origin="https://evil.example"), Authenticator(host="evil.example")])
def test_a_passkey_of_another_site_is_not_kept(site, home, device):
    assert add(home, device).location.endswith("done=no-passkey")
    assert site.one(select(func.count(Passkey.id))) == 0


def test_a_passkey_that_asked_for_no_finger_face_or_pin_is_not_kept(site, home):
    device = Authenticator()
    device.flags = PRESENT
    assert add(home, device).location.endswith("done=no-passkey")


def test_one_device_is_not_added_to_two_accounts(site, home, device):
    other = signed_in(site, person(site, "editor"))
    assert add(other, device).location.endswith("done=no-passkey")


def test_a_browser_is_told_which_passkeys_it_need_not_make_again(site, home, device):
    options, _ = asked_in(begin(home))
    assert len(options["excludeCredentials"]) == 1


def test_the_passkey_learns_no_account_number_and_belongs_to_the_sites_host(site, home):
    options, _ = asked_in(begin(home))
    assert options["rp"]["id"] == "localhost"
    assert len(options["user"]["id"]) == 43
    selection = options["authenticatorSelection"]
    assert (selection["residentKey"], selection["userVerification"]) == ("required", "required")


def test_the_sign_in_page_tells_nobody_whose_passkeys_there_are(site, device):
    options, _ = ask(site.browser())
    assert options["allowCredentials"] == []
    assert options["userVerification"] == "required"


def test_an_answer_counts_once(site, device):
    browser, thief = site.browser(), site.browser()
    options, fields = ask(browser)
    answer = device.answer(options)
    jar = browser.get_cookie("session").value
    thief.set_cookie("session", jar)
    assert send(browser, fields, answer).status_code == 303
    site.change(update(Passkey).values(sign_count=0))  # so that the count of uses is not what refuses it
    assert is_refused(send(thief, fields, answer))


def test_of_one_answer_sent_four_times_at_once_one_counts(site, me, home):
    cloud = Authenticator(count=None)
    add(home, cloud)
    with site.inside():
        asked = passkeys.ask_any("this browser")
    answer = cloud.answer(asked.options)

    def come(_number):
        assert door.prove_passkey(answer, asked.box, "this browser", door.Visitor("192.0.2.1", "")) == me

    assert sorted(at_once(site, 4, come, WrongPasskey)) == [0, 1, 1, 1]


def test_an_answer_counts_only_in_the_browser_that_was_asked(site, device):
    options, fields = ask(site.browser())
    other = site.browser()
    token = hidden_fields(other.get("/staff/sign-in").text)["csrf_token"]
    assert is_refused(send(other, {**fields, "csrf_token": token}, device.answer(options)))
    ask(other)
    assert is_refused(send(other, {**fields, "csrf_token": token}, device.answer(options)))


def test_two_tabs_can_ask_at_once(site, device):
    browser = site.browser()
    first, second = ask(browser), ask(browser)
    assert send(browser, first[1], device.answer(first[0])).status_code == 303
    again = site.browser()
    first, second = ask(again), ask(again)
    assert send(again, second[1], device.answer(second[0])).status_code == 303


def test_a_late_answer_is_refused(site, device):
    browser = site.browser()
    options, fields = ask(browser)
    with time_machine.travel(clock.now() + timedelta(minutes=6), tick=False):
        assert is_refused(send(browser, fields, device.answer(options)))


def test_an_answer_to_another_challenge_is_refused(site, device):
    browser = site.browser()
    options, _ = ask(browser)
    _, fields = ask(browser)
    assert is_refused(send(browser, fields, device.answer(options)))


def test_a_box_that_was_made_for_adding_does_not_open_the_door(site, home, device):
    options, fields = asked_in(begin(home))
    browser = site.browser()
    _, own = ask(browser)
    assert is_refused(send(browser, {**own, "box": fields["box"]}, device.answer(options)))


def test_an_answer_from_another_site_is_refused(site, device):
    for change in ({"origin": "https://evil.example"}, {"origin": "https://localhost"}, {"host": "evil.example"}):
        kept = vars(device).copy()
        vars(device).update(change)
        assert is_refused(come_in(site.browser(), device))
        vars(device).update(kept)
    assert come_in(site.browser(), device).status_code == 303


def test_an_answer_without_finger_face_or_pin_is_refused(site, device):
    device.flags = PRESENT
    assert is_refused(come_in(site.browser(), device))


def test_an_answer_signed_by_another_key_is_refused(site, device):
    device.key = Authenticator().key
    assert is_refused(come_in(site.browser(), device))
    assert acts(site)[-1] == "staff.sign_in_failed"


def test_a_passkey_that_counts_backwards_was_copied_and_is_refused(site, device):
    device.count = 7
    assert come_in(site.browser(), device).status_code == 303
    device.count = 5
    assert is_refused(come_in(site.browser(), device))
    device.count = 8  # it will say 9
    assert come_in(site.browser(), device).status_code == 303


def test_a_passkey_that_never_counts_is_taken(site, home):
    cloud = Authenticator(count=None)
    add(home, cloud)
    assert [come_in(site.browser(), cloud).status_code for _ in range(2)] == [303, 303]


def test_an_answer_that_names_another_owner_is_refused(site, home, device):
    theirs = Authenticator()
    add(signed_in(site, person(site, "editor")), theirs)
    device.owner = theirs.owner
    assert is_refused(come_in(site.browser(), device))


def test_a_key_of_ones_own_under_the_name_of_anothers_passkey_is_refused(site, device):
    own = Authenticator()
    add(signed_in(site, person(site, "editor")), own)
    own.id, own.owner = device.id, device.owner
    assert is_refused(come_in(site.browser(), own))


def test_an_unknown_passkey_and_one_of_a_closed_account_get_the_same_answer(site, device):
    person(site, "owner", "second@staff.example")
    with site.inside():
        disable_staff("owner@staff.example")
    closed, unknown = come_in(site.browser(), device), come_in(site.browser(), Authenticator())
    assert is_refused(closed)
    assert is_refused(unknown)
    assert site.one(select(func.count(StaffSession.id)).where(StaffSession.revoked_at.is_(None))) == 0


@pytest.mark.parametrize("answer", ["", "x", "[]", "{}", "null", '{"id": 1}', "[" * 9_000, "ｘ" * 20_000])
def test_what_is_no_answer_at_all_is_refused(site, home, device, answer):
    browser = site.browser()
    assert is_refused(send(browser, ask(browser)[1], answer))
    _, fields = asked_in(begin(home))
    assert send(home, fields, answer, "/staff/account/passkeys").location.endswith("done=no-passkey")


@pytest.mark.parametrize("part", ["clientDataJSON", "authenticatorData", "signature", "userHandle"])
def test_an_answer_with_a_broken_part_is_refused(site, device, part):
    for broken in (None, 7, "", "AA", "____", "é", "oWFhoWFh" * 400):
        browser = site.browser()
        options, fields = ask(browser)
        answer = json.loads(device.answer(options))
        answer["response"][part] = broken
        reply = send(browser, fields, json.dumps(answer), environ_base={"REMOTE_ADDR": f"192.0.2.{len(str(broken))}"})
        assert is_refused(reply)


def test_after_five_wrong_answers_one_waits_and_only_at_that_address(site, device):
    right, device.key = device.key, Authenticator().key
    assert [come_in(site.browser(), device).status_code for _ in range(6)] == [422] * 5 + [429]
    device.key = right
    assert come_in(site.browser(), device).status_code == 429
    assert come_in(site.browser(), device, environ_base=ELSEWHERE).status_code == 303


def test_a_browser_that_signed_in_before_does_not_wait_for_others(site, device):
    browser = site.browser()
    come_in(browser, device)
    right, device.key = device.key, Authenticator().key
    for _ in range(5):
        come_in(site.browser(), device)
    device.key = right
    assert come_in(browser, device).status_code == 303


def test_one_address_cannot_try_many_passkeys_and_passwords(site, device):
    for number in range(40):
        knock(site.browser(), email=f"nobody{number}@staff.example")
    assert come_in(site.browser(), device).status_code == 429


def test_a_removed_passkey_opens_nothing(site, home, device):
    number = site.one(select(Passkey.id))
    reply = post(home, ACCOUNT, f"/staff/account/passkeys/{number}/remove")
    assert reply.location.endswith("done=passkey-removed")
    assert is_refused(come_in(site.browser(), device))
    assert "staff.passkey_removed" in acts(site)
    assert post(home, ACCOUNT, f"/staff/account/passkeys/{number}/remove").status_code == 404


def test_nobody_removes_anothers_passkey(site, device):
    editor = signed_in(site, person(site, "editor"))
    number = site.one(select(Passkey.id))
    assert post(editor, ACCOUNT, f"/staff/account/passkeys/{number}/remove").status_code == 404
    assert come_in(site.browser(), device).status_code == 303


def test_the_session_of_before_ends_with_a_sign_in_by_passkey(site, me, device):
    browser = signed_in(site, me)
    before = browser.get_cookie("fundsite_staff").value
    come_in(browser, device)
    thief = site.browser()
    thief.set_cookie("fundsite_staff", before)
    assert thief.get("/staff/").status_code == 303


def test_the_audit_log_holds_no_name_of_a_device(site, home, device):
    details = [row[0] for row in site.rows(select(AuditEntry.detail))]
    assert "スマートフォン" not in json.dumps(details, ensure_ascii=False)


def test_spent_challenges_are_forgotten_when_they_would_be_too_old_anyway(site, device):
    come_in(site.browser(), device)
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
        come_in(site.browser(), device)
        assert site.one(select(func.count(SpentChallenge.challenge_hash))) == 1


def test_the_page_asks_for_a_name(site, home):
    page = begin(home, label=" ")
    assert page.status_code == 422
    assert "パスキーの名前を入力してください。" in page.text


def test_a_passkey_is_no_way_round_codes_that_everybody_needs(site, me, device):
    with site.inside():
        require_codes(me, required=True)
    browser = site.browser()
    come_in(browser, device)
    assert browser.get("/staff/").location.startswith("/staff/account/codes")

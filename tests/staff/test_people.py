"""Invitations, the list of people, and the audit log."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from fundsite import audit, clock
from fundsite.access import OWNER, ROLES
from fundsite.audit import AuditEntry
from fundsite.db import transaction
from fundsite.mail import OutboxMail
from fundsite.staff.errors import LastOwner, LinkOver
from fundsite.staff.invitations import accept
from fundsite.staff.models import Invitation, Staff
from fundsite.staff.service import StaffRefused, change_role, disable_staff
from fundsite.staff.tries import Paused, count, password_tries
from support.races import at_once
from support.staff import PASSWORD, knock, link_in, person, post, signed_in

GUEST = "yamada@staff.example"


@pytest.fixture
def owner(site):
    """Return the browser of an owner."""
    return signed_in(site, person(site))


def invite(owner, email=GUEST, role="editor"):
    return post(owner, "/staff/people/", "/staff/people/invite", email=email, role=role)


def mailed(site):
    site.work()
    return link_in(site.letterbox.to(GUEST)[-1])


def come(site, link, name="山田 太郎"):
    browser = site.browser()
    return browser, post(browser, link, name=name, new_password=PASSWORD, again=PASSWORD)


def test_an_invited_person_makes_their_account_and_is_in(site, owner):
    assert invite(owner).status_code == 303
    mail_link = mailed(site)
    assert "編集" in site.get(mail_link).text
    guest, reply = come(site, mail_link)
    assert reply.location == "/staff/"
    assert "山田 太郎さん" in guest.get("/staff/").text
    assert guest.get("/staff/people/").status_code == 403
    assert knock(site.browser(), GUEST).status_code == 303


def test_an_invitation_opens_once(site, owner):
    invite(owner)
    link = mailed(site)
    come(site, link)
    assert site.get(link).status_code == 410


def test_two_who_accept_at_once_are_one(site, owner):
    invite(owner)
    token = mailed(site).split("/")[3]
    assert sorted(at_once(site, 4, lambda _: accept(token, "山田", PASSWORD), LinkOver)) == [0, 1, 1, 1]
    assert site.one(select(func.count()).where(Staff.email == GUEST)) == 1


def test_an_invitation_is_over_after_seven_days(site, owner):
    invite(owner)
    link = mailed(site)
    with time_machine.travel(clock.now() + timedelta(days=7, seconds=1), tick=False):
        assert site.get(link).status_code == 410


def test_sending_again_makes_a_new_link_and_voids_the_old(site, owner):
    invite(owner)
    old = mailed(site)
    number = site.one(select(Invitation.id))
    assert post(owner, "/staff/people/", f"/staff/people/invitations/{number}/resend").status_code == 303
    new = mailed(site)
    assert site.get(old).status_code == 410
    assert site.get(new).status_code == 200
    assert len(site.letterbox.to(GUEST)) == 2


def test_a_withdrawn_invitation_opens_nothing(site, owner):
    invite(owner)
    link = mailed(site)
    number = site.one(select(Invitation.id))
    post(owner, "/staff/people/", f"/staff/people/invitations/{number}/withdraw")
    assert site.get(link).status_code == 410
    assert post(owner, "/staff/people/", f"/staff/people/invitations/{number}/withdraw").status_code == 404


def test_no_link_lies_in_the_database(site, owner):
    invite(owner)
    token = mailed(site).split("/")[3]
    assert token not in str(site.rows(select(Invitation.nonce, Invitation.token_hash)) + site.rows(select(OutboxMail)))


def test_somebody_who_has_an_account_is_not_invited(owner):
    assert "すでに登録" in invite(owner, "owner@staff.example").text
    assert invite(owner, "no address").status_code == 422


def test_another_role_holds_at_once(site, owner):
    number = person(site, "editor")
    editor = signed_in(site, number)
    assert editor.get("/staff/log/").status_code == 403
    post(owner, "/staff/people/", f"/staff/people/{number}/role", role="owner")
    assert editor.get("/staff/log/").status_code == 200


def test_a_closed_account_is_opened_again_without_its_sessions(site, owner):
    number = person(site, "editor")
    editor = signed_in(site, number)
    post(owner, "/staff/people/", f"/staff/people/{number}/disable")
    assert editor.get("/staff/").status_code == 303
    post(owner, "/staff/people/", f"/staff/people/{number}/enable")
    assert editor.get("/staff/").status_code == 303
    assert knock(site.browser(), "editor@staff.example").status_code == 303


def test_the_last_owner_can_be_neither_disabled_nor_demoted(site, owner):
    me = site.one(select(Staff.id))
    closed = signed_in(site, person(site, "owner", "former@staff.example"))
    assert closed
    with site.inside():
        disable_staff("former@staff.example")
    assert post(owner, "/staff/people/", f"/staff/people/{me}/disable").status_code == 409
    assert post(owner, "/staff/people/", f"/staff/people/{me}/role", role="editor").status_code == 409
    with site.inside(), pytest.raises(StaffRefused):
        disable_staff("owner@staff.example")
    assert owner.get("/staff/people/").status_code == 200


def test_two_owners_who_step_down_at_once_leave_one(site):
    owners = [person(site, "owner", f"owner{number}@staff.example") for number in range(3)]
    refused = at_once(site, 3, lambda number: change_role(owners[number], owners[number], "editor"), LastOwner)
    assert sorted(refused) == [0, 0, 1]
    assert site.one(select(func.count()).where(Staff.role == OWNER)) == 1


def test_tries_at_once_are_all_counted(site):
    with site.inside():
        tries = password_tries("owner@staff.example", "198.51.100.7", None)
    assert sorted(at_once(site, 12, lambda _: count(tries), Paused)) == [0] * 5 + [1] * 7


def test_everybody_is_asked_for_codes_when_the_owner_says_so(site, owner):
    editor = signed_in(site, person(site, "editor"))
    post(owner, "/staff/people/", "/staff/people/rules", codes_required="y")
    assert editor.get("/staff/").location.startswith("/staff/account/codes")
    assert owner.get("/staff/people/").location.startswith("/staff/account/codes")


def test_the_first_page_shows_what_ones_role_may_do(site):
    pages = {role: signed_in(site, person(site, role)).get("/staff/").text for role in ROLES}
    assert 'href="/staff/people/"' in pages["owner"]
    assert all('href="/staff/people/"' not in pages[role] for role in ROLES if role != "owner")


def test_the_log_is_read_by_person_act_and_object(site, owner):
    number = person(site, "editor")
    knock(site.browser(), "editor@staff.example")
    everything = owner.get("/staff/log/").text
    assert everything.count("<tr>") == 1 + 4
    assert owner.get(f"/staff/log/?staff={number}").text.count("<tr>") == 1 + 1
    assert owner.get("/staff/log/?action=staff.added").text.count("<tr>") == 1 + 2
    assert owner.get(f"/staff/log/?object=staff&id={number}").text.count("<tr>") == 1 + 2
    assert "条件に合う記録はありません" in owner.get("/staff/log/?action=nothing").text


def test_the_log_is_paged_by_key_so_that_new_acts_move_nothing(site, owner):
    with site.inside(), transaction() as session:
        for number in range(120):
            audit.record(session, None, "test.act", "thing", f"T{number}")
    seen, address = [], "/staff/log/?action=test.act"
    while address:
        page = owner.get(address).text
        seen += [part.partition("<")[0] for part in page.split("<td>thing ")[1:]]
        with site.inside(), transaction() as session:
            audit.record(session, None, "test.act", "thing", "later")
        found = page.partition('rel="next"')[2].partition('href="')[2].partition('"')[0]
        address = found.replace("&amp;", "&")
    assert seen == [f"T{number}" for number in reversed(range(120))]


def test_each_act_of_the_owner_is_written_down(site, owner):
    invite(owner)
    post(owner, "/staff/people/", f"/staff/people/invitations/{site.one(select(Invitation.id))}/withdraw")
    number = person(site, "editor")
    post(owner, "/staff/people/", f"/staff/people/{number}/role", role="accountant")
    post(owner, "/staff/people/", f"/staff/people/{number}/disable")
    written = [tuple(row) for row in site.rows(select(AuditEntry.action, AuditEntry.detail).order_by(AuditEntry.id))]
    assert written[2:] == [
        ("staff.invited", {"role": "editor"}),
        ("staff.invitation_withdrawn", {}),
        ("staff.added", {"role": "editor"}),
        ("staff.role_changed", {"before": "editor", "after": "accountant"}),
        ("staff.disabled", {"sessions_closed": 0}),
    ]

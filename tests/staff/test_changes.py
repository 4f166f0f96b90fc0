"""Whoever has an account is told by mail when what opens it was changed, by whomever."""

import pytest
from sqlalchemy import select

from fundsite.audit import AuditEntry
from fundsite.mail import OutboxMail
from fundsite.staff.codes import switch_off
from support.authenticator import Authenticator
from support.databases import on_sqlite
from support.passkeys import ACCOUNT, add
from support.staff import PASSWORD, link_in, person, post, signed_in, with_codes

MINE = "owner@staff.example"
NEW = "another long password"
BY_OTHERS = "管理者、またはサーバーの担当の方が行った変更です。"

pytestmark = on_sqlite


@pytest.fixture
def me(site):
    return person(site)


@pytest.fixture
def home(site, me):
    return signed_in(site, me)


def told(site, email=MINE):
    """Let the worker send; return what was changed by the mails to somebody, and the latest one's text."""
    site.work()
    mails = [mail for mail in site.letterbox.to(email) if "スタッフルーム" in mail["Subject"]]
    texts = [mail.get_body(("plain",)).get_content() for mail in mails]
    changes = [text for text in texts if "次の変更がありました" in text]
    return [
        line.partition(": ")[2] for text in changes for line in text.splitlines() if line.startswith("変更: ")
    ], texts


def test_a_new_password_is_told_with_the_way_back_to_the_account(site, home):
    post(home, ACCOUNT, "/staff/account/password", **passwords())
    changes, texts = told(site)
    assert changes == ["パスワードの変更"]
    assert "お心当たりがない場合" in texts[-1]
    assert "http://localhost/staff/reset/" in texts[-1]
    assert BY_OTHERS not in texts[-1]
    assert NEW not in texts[-1]


def passwords():
    return {"password-password": PASSWORD, "password-new_password": NEW, "password-again": NEW}


def test_a_password_that_was_set_by_a_mailed_link_is_told(site, me):
    post(site.browser(), "/staff/reset/", email=MINE)
    site.work()
    link = link_in(site.letterbox.to(MINE)[-1])
    assert post(site.browser(), link, new_password=NEW, again=NEW).status_code == 303
    assert told(site)[0] == ["パスワードの再設定"]


def test_codes_and_recovery_codes_are_told_each_time_they_change(site, home):
    with_codes(home)
    for _ in range(2):
        post(home, ACCOUNT, "/staff/account/codes/recovery", **{"renew-password": PASSWORD})
    post(home, ACCOUNT, "/staff/account/codes/off", **{"off-password": PASSWORD})
    renewed = "予備コードの作り直し"
    assert told(site)[0] == ["2段階認証の開始", renewed, renewed, "2段階認証の停止"]


def test_passkeys_that_come_and_go_are_told(site, home):
    add(home, Authenticator())
    post(home, ACCOUNT, "/staff/account/passkeys/1/remove")
    assert told(site)[0] == ["パスキーの追加", "パスキーの削除"]


def test_what_others_change_is_told_to_whose_account_it_is(site, home):
    other = person(site, "editor")
    with_codes(signed_in(site, other))
    post(home, "/staff/people/", f"/staff/people/{other}/codes-off")
    changes, texts = told(site, "editor@staff.example")
    assert changes == ["2段階認証の開始", "2段階認証の停止"]
    assert BY_OTHERS in texts[-1]
    assert told(site)[0] == []


def test_codes_that_were_switched_off_from_the_server_are_told(site, me, home):
    with_codes(home)
    with site.inside():
        switch_off(me, by=None)
    changes, texts = told(site)
    assert changes[-1] == "2段階認証の停止"
    assert BY_OTHERS in texts[-1]


def test_what_was_refused_is_not_told_and_each_mail_is_about_its_entry_in_the_log(site, home):
    post(home, ACCOUNT, "/staff/account/password", **{**passwords(), "password-password": "wrong password, long"})
    assert site.rows(select(OutboxMail.id)) == []
    post(home, ACCOUNT, "/staff/account/password", **passwords())
    entry = select(AuditEntry.id).where(AuditEntry.action == "staff.password_changed")
    assert site.one(select(OutboxMail.about)) == site.one(entry)

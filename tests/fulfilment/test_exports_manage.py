"""Exports in the staff room: made by the worker, fetched by whoever asked, written down for good, gone after a day."""

import io
from datetime import timedelta

import pytest
import time_machine
from pyzipper import AESZipFile
from sqlalchemy import select, update

from fundsite import clock
from fundsite.access import ACCOUNTANT, FULFILMENT, OWNER
from fundsite.audit import AuditEntry
from fundsite.db import transaction
from fundsite.fulfilment import export_work
from fundsite.fulfilment.backer_models import Export
from fundsite.fulfilment.export_work import make_exports
from fundsite.fulfilment.exports import folder
from support.databases import on_sqlite
from support.moneyroom import sent
from support.staffroom import signed_in

LOG, NEW = "/staff/backers/exports/", "/staff/backers/exports/new"
ORDER = {"kind": "csv", "encoding": "cp932", "reason": "宛名の印刷"}


@pytest.fixture
def campaign(site, make):
    campaign = make.campaign()
    reward = make.reward(campaign)
    make.paid(campaign, reward, name="𠮷田 太郎")
    make.paid(campaign, name="見本 花子")
    return campaign


def asked(browser, campaign, **how):
    """Ask for a file; return the address of its page."""
    reply = sent(browser, how.pop("page", NEW), NEW, campaign=campaign.id, **{**ORDER, **how})
    assert reply.status_code == 303, reply.text
    return reply.location


def got(browser, address):
    """Return the status and the bytes of an answer, read to its end."""
    with browser.get(address) as reply:
        return reply.status_code, reply.data


def files(site):
    with site.inside():
        return sorted(path.name for path in folder().iterdir())


def made(site):
    with site.inside():
        make_exports()


def test_a_file_is_made_in_the_background_fetched_and_written_down(site, campaign):
    browser = signed_in(site, FULFILMENT)
    page = asked(browser, campaign)
    assert "ファイルを作っています" in browser.get(page).text
    assert browser.get(f"{page}file").status_code == 404
    made(site)
    shown = browser.get(page).text
    assert "2件のファイルができました" in shown
    assert "1か所" in shown
    with browser.get(f"{page}file") as reply:
        assert reply.headers["Cache-Control"] == "no-store"
        assert "見本 花子" in reply.data.decode("cp932")
    told = got(browser, f"{page}replaced.csv")[1].decode("utf-8-sig")
    assert '"TEST-0001","お名前","𠮷"' in told
    log = signed_in(site, ACCOUNTANT).get(LOG).text
    for said in ("宛名の印刷", "fulfilment", "2件", "受け取り2回"):
        assert said in log
    acts = [row[0] for row in site.rows(select(AuditEntry.action).where(AuditEntry.object_type == "export"))]
    assert acts == ["backers.export_asked", "backers.exported", "backers.export_fetched", "backers.export_fetched"]


@on_sqlite
def test_nobody_else_fetches_a_file_but_an_owner(site, campaign):
    page = asked(signed_in(site, FULFILMENT), campaign)
    made(site)
    for address in (page, f"{page}file", f"{page}replaced.csv"):
        assert signed_in(site, ACCOUNTANT).get(address).status_code == 404
        assert got(signed_in(site, OWNER), address)[0] == 200
    assert site.get(f"{page}file").status_code == 303, "a stranger is asked to sign in"


@on_sqlite
def test_a_file_is_gone_after_a_day_and_its_record_stays(site, campaign):
    browser = signed_in(site)
    page = asked(browser, campaign)
    made(site)
    assert len(files(site)) == 2
    site.change(update(Export).values(expires_at=clock.now() - timedelta(seconds=1)))
    assert browser.get(f"{page}file").status_code == 404, "also before the worker has come by"
    made(site)
    assert files(site) == []
    assert "削除されました" in browser.get(page).text
    assert "宛名の印刷" in browser.get(LOG).text


@on_sqlite
def test_what_is_searched_for_is_not_kept_in_the_record(site, campaign):
    browser = signed_in(site)
    listed = sent(browser, "/staff/backers/", text="見本 花子")
    page = asked(browser, campaign, page=listed.location.replace("/backers/", "/backers/exports/new"))
    made(site)
    export = site.one(select(Export))
    assert export.count == 1
    assert "花子" not in str(export.wanted)
    assert "検索: 指定あり" in browser.get(page).text


@on_sqlite
def test_a_password_makes_an_encrypted_zip_and_is_not_kept(site, campaign):
    browser = signed_in(site)
    page = asked(browser, campaign, kind="xlsx", password="a long password")
    sealed = site.one(select(Export.password))
    assert sealed
    assert "password" not in sealed
    made(site)
    assert site.one(select(Export.password)) == ""
    data = got(browser, f"{page}file")[1]
    assert "見本".encode() not in data
    with AESZipFile(io.BytesIO(data)) as book:
        assert book.namelist() == ["backers.xlsx"]
        with pytest.raises(RuntimeError, match="password"):
            book.read("backers.xlsx")
        book.setpassword(b"a long password")
        assert book.read("backers.xlsx")[:2] == b"PK"
    assert "パスワードつき" in browser.get(LOG).text


@on_sqlite
def test_two_clicks_are_one_export_and_a_reason_is_needed(site, campaign):
    browser = signed_in(site)
    for _ in range(2):
        asked(browser, campaign, attempt="the-same")
    assert len(site.rows(select(Export))) == 1
    for wrong in ({"reason": " "}, {"password": "short"}, {"kind": "pdf"}, {"encoding": "latin-1"}, {"campaign": "99"}):
        reply = sent(browser, NEW, NEW, **{**ORDER, "campaign": campaign.id, **wrong})
        assert reply.status_code == 422, wrong
    assert len(site.rows(select(Export))) == 1


@on_sqlite
def test_columns_that_the_site_leaves_out_are_in_no_file(site, campaign):
    browser = signed_in(site)
    assert sent(browser, f"{LOG}columns", columns=["お名前", "合計"]).status_code == 303
    page = asked(browser, campaign)
    made(site)
    header = got(browser, f"{page}file")[1].decode("cp932").splitlines()[0]
    assert header == '"受付番号","合計","お名前"'
    assert signed_in(site, FULFILMENT).get(f"{LOG}columns").status_code == 403


def test_a_worker_that_dies_leaves_its_export_to_the_next(site, campaign):
    browser = signed_in(site)
    page = asked(browser, campaign)
    with site.inside(), transaction() as session:
        export = session.scalar(select(Export))
        export.lease_holder, export.lease_until = "elsewhere/1/1", clock.now() + timedelta(minutes=5)
    made(site)
    assert site.one(select(Export.status)) == "waiting", "somebody else is at it"
    with time_machine.travel(clock.now() + timedelta(minutes=6)):
        made(site)
    assert site.one(select(Export.status)) == "ready"
    assert got(browser, f"{page}file")[0] == 200


def test_a_worker_whose_lease_was_taken_over_throws_its_file_away(site, campaign, monkeypatch):
    asked(signed_in(site), campaign)
    write = export_work.export_to

    def slowly(*words, **how):
        written = write(*words, **how)
        with transaction() as session:
            session.execute(update(Export).values(lease_holder="elsewhere/2/2", lease_until=clock.now() + timedelta(1)))
        return written

    monkeypatch.setattr(export_work, "export_to", slowly)
    made(site)
    assert site.one(select(Export.status)) == "waiting"
    assert files(site) == []


@on_sqlite
def test_an_export_that_fails_again_and_again_is_given_up_and_says_so(site, campaign, monkeypatch, capsys):
    browser = signed_in(site)
    page = asked(browser, campaign, password="a long password")

    def broken(*_words, **_how):
        raise ZeroDivisionError

    monkeypatch.setattr(export_work, "export_to", broken)
    made(site)
    assert site.rows(select(Export.status, Export.tries, Export.password)) == [("failed", 4, "")]
    assert "作れませんでした" in browser.get(page).text
    assert files(site) == []

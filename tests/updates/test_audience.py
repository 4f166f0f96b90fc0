"""Who may read a report, and who is told of it."""

import re

import pytest

from fundsite.db import transaction
from fundsite.updates import audience
from fundsite.updates.models import Update
from support.databases import on_sqlite
from support.reports import recipients, start, token_for

# Each audience, and who of the people below may read it and is told of it.
MATRIX = {
    "everyone": {"a", "f", "free", "follower"},
    "backers": {"a", "f", "free"},
    "A": {"a"},
    "F,G,H,I": {"f"},
    "monthly": {"monthly"},
    "followers": {"follower"},
}


@pytest.fixture
def people(site, make):
    """A backer of A, one of F, one without reward, a monthly supporter, a follower; and who is none of these now."""
    campaign, monthly = make.campaign(), make.campaign("maitsuki", funding="monthly")
    rewards = {code: make.reward(campaign, code) for code in "AF"}
    other = make.campaign("betsu")
    make.paid(other, make.reward(other, "F"), email="elsewhere@example.jp")
    make.paid(campaign, rewards["F"], email="refunded@example.jp", status="refunded")
    make.paid(campaign, rewards["F"], email="canceled@example.jp", status="canceled")
    follow(site, campaign, "follower@example.jp")
    follow(site, other, "follower-elsewhere@example.jp")
    return campaign, {
        "a": make.paid(campaign, rewards["A"], email="a@example.jp"),
        "f": make.paid(campaign, rewards["F"], email="f@example.jp"),
        "free": make.paid(campaign, email="free@example.jp"),
        "monthly": make.paid(monthly, email="monthly@example.jp"),
    }


def follow(site, campaign, email):
    from_page = f"/c/{campaign.slug}/follow"
    browser = site.browser()
    fields = {"csrf_token": csrf(browser.get(from_page).text)}
    assert browser.post(from_page, data={**fields, "email": email}).status_code == 303
    site.work()
    mail = site.letterbox.to(email)[-1]
    [address] = re.findall(r"http://localhost(/follow/\S+)", mail.get_body(("plain",)).get_content())
    page = browser.get(address)
    assert browser.post(address, data={"csrf_token": csrf(page.text)}).status_code == 200
    site.letterbox.mails.clear()


def csrf(html):
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', html)[1]


@pytest.mark.parametrize("who", MATRIX)
def test_each_audience_is_told_once_and_nobody_else_is(site, make, people, who):
    campaign, _pledges = people
    update = make.update(campaign, audience=who)
    wanted = sorted(f"{name}@example.jp" for name in MATRIX[who])
    with site.inside(), transaction() as session:
        row = session.get_one(Update, update.id)
        assert audience.reach(row).reached == len(wanted)
        assert sorted(one.email for one in audience.recipients(session, row)) == wanted
    assert start(site, update) == len(wanted)
    site.work()
    assert recipients(site) == wanted


@on_sqlite
@pytest.mark.parametrize("who", [who for who in MATRIX if who != "everyone"])
def test_a_private_link_opens_a_report_to_its_audience_and_refuses_the_others(site, make, people, who):
    campaign, pledges = people
    make.update(campaign, audience=who, body_html="<p>ないしょの録画</p>")
    for name, pledge in pledges.items():
        of = "ie/" if name == "monthly" else ""
        reply = site.get(f"/pledges/{token_for(site, pledge)}/updates/{of}1/")
        assert reply.status_code == (200 if name in MATRIX[who] else 403), name
        assert ("ないしょの録画" in reply.text) == (name in MATRIX[who]), name
        assert reply.headers["Cache-Control"] == "no-store"
        assert reply.headers["Referrer-Policy"] == "strict-origin"


def test_the_mail_opens_the_recording_to_a_backer_of_f_and_a_backer_of_a_is_told_who_may_read_it(site, make, people):
    campaign, pledges = people
    update = make.update(campaign, audience="F,G,H,I", title="学習会の録画", body_html="<p>ないしょの録画</p>")
    for pledge in pledges.values():
        token_for(site, pledge)
    start(site, update)
    site.work()
    [mail] = site.letterbox.mails
    assert mail["To"] == "f@example.jp"
    [link] = re.findall(r"http://localhost(/pledges/\S+)", mail.get_body(("plain",)).get_content())
    assert link in mail.get_body(("html",)).get_content()
    assert "ないしょの録画" in site.get(link).text
    stranger = link.replace(link.split("/")[2], token_for(site, pledges["a"]))
    refused = site.get(stranger)
    assert refused.status_code == 403
    assert "リターンF・G・H・Iの支援者" in refused.text
    assert "ないしょの録画" not in refused.text
    assert site.get(link.replace(link.split("/")[2], "nobody")).status_code == 404


@on_sqlite
def test_a_follower_reads_what_is_for_followers_through_the_mails_link_until_they_stop(site, make, people):
    campaign, _pledges = people
    start(site, make.update(campaign, audience="followers", body_html="<p>ないしょ</p>"))
    site.work()
    [mail] = site.letterbox.mails
    text = mail.get_body(("plain",)).get_content()
    [link] = re.findall(r"http://localhost(/followers/\S+)", text)
    assert "ないしょ" in site.get(link).text
    [stop] = re.findall(r"http://localhost(/mail/stop/\S+)", text)
    site.browser().post(stop)
    assert site.get(link).status_code == 404


@on_sqlite
def test_others_see_a_title_who_may_read_and_the_beginning_only_where_staff_allow_it(site, make):
    campaign = make.campaign()
    make.update(campaign, 1, audience="backers", title="題一", lead="はじまり一", body_html="<p>なか一</p>")
    make.update(
        campaign, 2, audience="backers", title="題二", lead="はじまり二", body_html="<p>なか二</p>", show_lead=True
    )
    closed, open_ = site.get("/c/ie/updates/1/").text, site.get("/c/ie/updates/2/").text
    assert "題一" in closed
    assert "支援者" in closed
    assert "はじまり一" not in closed
    assert "はじまり二" in open_
    assert "なか" not in closed + open_ + site.get("/c/ie/updates/").text + site.get("/c/ie/updates.atom").text
    assert "Set-Cookie" not in site.get("/c/ie/updates/2/").headers


@on_sqlite
def test_the_supporters_room_leads_to_the_reports_that_their_pledge_opens(site, make, people):
    campaign, pledges = people
    make.update(campaign, 1, title="みんなへ")
    make.update(campaign, 2, title="支援者へ", audience="backers")
    make.update(campaign, 3, title="録画", audience="F,G")
    make.update(campaign, 4, title="毎月の方へ", audience="monthly")
    token = token_for(site, pledges["a"])
    assert f"/pledges/{token}/updates/" in site.get(f"/pledges/{token}/").text
    seen = site.get(f"/pledges/{token}/updates/").text
    assert ("みんなへ" in seen, "支援者へ" in seen) == (True, True)
    assert ("録画" in seen, "毎月の方へ" in seen) == (False, False)
    assert "録画" in site.get(f"/pledges/{token_for(site, pledges['f'])}/updates/").text
    assert "毎月の方へ" in site.get(f"/pledges/{token_for(site, pledges['monthly'])}/updates/").text


@on_sqlite
def test_what_is_public_is_read_on_its_public_page(site, make, people):
    campaign, pledges = people
    make.update(campaign)
    reply = site.get(f"/pledges/{token_for(site, pledges['a'])}/updates/1/")
    assert (reply.status_code, reply.location) == (303, "/c/ie/updates/1/")

"""What a monthly supporter reads and does: before signing up, in the mails, and in the room."""

import requests
from sqlalchemy import select

from fundsite.pledges.access import token_of
from fundsite.pledges.models import Pledge
from support.factories import filled
from support.monthly import DECLINES
from support.site import hidden_fields


def room_of(site):
    """Return the address of the one pledge's room."""
    with site.inside():
        return f"/pledges/{token_of(site.one(select(Pledge.reference)))}/"


def test_the_pages_say_what_a_month_costs_when_it_is_paid_and_how_it_ends(monthly):
    site = monthly.site
    page = site.get("/c/maitsuki/").text
    assert "1,000<small>円</small><small>／月</small>" in page
    assert "いつでも、ご自身で停止できます" in page
    browser = site.browser()
    form = browser.get("/c/maitsuki/pledge?reward=A").text
    assert 'name="quantity"' not in form
    assert "毎月の上乗せ支援" in form
    said = filled(browser, "maitsuki", extra="500").text
    for words in ("毎月1,500円", "18,000円", "2回目は", "いつでも停止できます", "期限はありません", "毎月の合計"):
        assert words in said, words
    monthly.sign_up()
    room = site.get(room_of(site)).text
    assert "毎月1,000円を、同じカードで自動でお支払いいただきます。次回は" in room
    assert "これまでに1回、合わせて1,000円" in room
    thanks = site.get(f"{room_of(site)}thanks").text
    assert "毎月の支援をやめる" in thanks


def test_the_first_mail_says_the_monthly_amount_and_how_to_stop(monthly):
    monthly.sign_up()
    monthly.site.work()
    (mail,) = monthly.site.letterbox.to("hanako@example.jp")
    text = mail.get_body(("plain",)).get_content()
    for words in ("毎月1,000円を、同じカードで", "毎月の合計: 1,000円", "停止後は新たな決済はありません"):
        assert words in text, words
    assert "数量" not in text


def test_a_supporter_stops_in_the_room_after_a_question_and_without_a_login(monthly):
    monthly.sign_up()
    site, browser = monthly.site, monthly.site.browser()
    room = room_of(site)
    question = browser.get(f"{room}stop").text
    assert "毎月の支援をやめますか" in question
    assert not monthly.subscription()["cancel_at_period_end"], "asking is not stopping"
    for _click in range(2):
        reply = browser.post(f"{room}stop", data=hidden_fields(question))
        assert (reply.status_code, reply.location.endswith(f"{room}#monthly")) == (303, True)
    assert "停止を受け付けました" in browser.get(room).text
    assert "停止のお手続きは必要ありません" in browser.get(f"{room}stop").text
    site.work()
    assert [mail["Subject"] for mail in site.letterbox.to("hanako@example.jp")][1].startswith("毎月の支援の停止を")


def test_where_stripe_is_away_the_stop_is_taken_and_said_to_be_under_way(monthly):
    monthly.sign_up()
    site, browser = monthly.site, monthly.site.browser()
    form = hidden_fields(browser.get(f"{room_of(site)}stop").text)
    with site.faults(api=[{"match": "*", "status": 503}]):
        assert browser.post(f"{room_of(site)}stop", data=form).status_code == 303
        assert "決済サービスとの手続きを進めています" in browser.get(room_of(site)).text
    site.work()
    assert "に終了します" in browser.get(room_of(site)).text


def test_a_new_card_is_given_in_stripes_portal(monthly):
    monthly.sign_up()
    monthly.card(DECLINES)
    monthly.next_month()
    monthly.tell()
    site, browser = monthly.site, monthly.site.browser()
    page = browser.get(room_of(site)).text
    assert "お支払いが確認できませんでした" in page
    reply = browser.post(f"{room_of(site)}card", data=hidden_fields(page))
    assert reply.status_code == 303
    assert "http://localhost/pledges/" in requests.get(reply.location, timeout=10).text
    asked = {"subscription": monthly.subscription_id, "outcome": "card_4242"}
    requests.post(reply.location, data=asked, timeout=10).raise_for_status()
    monthly.tell()
    assert "お支払いが確認できませんでした" not in browser.get(room_of(site)).text


def test_where_the_portal_cannot_be_had_a_page_says_so(monthly):
    monthly.sign_up()
    site, browser = monthly.site, monthly.site.browser()
    form = hidden_fields(browser.get(room_of(site)).text)
    with site.faults(api=[{"match": "POST /v1/billing_portal/sessions", "status": 400}]):
        reply = browser.post(f"{room_of(site)}card", data=form)
    assert (reply.status_code, "カードの変更ページを開けませんでした" in reply.text) == (503, True)


def test_the_mail_about_a_card_that_failed_leads_to_the_room(monthly):
    monthly.sign_up()
    monthly.card(DECLINES)
    monthly.next_month()
    monthly.days(8)
    monthly.tell()
    monthly.site.work()
    subjects = [mail["Subject"] for mail in monthly.site.letterbox.to("hanako@example.jp")]
    assert any(subject.startswith("毎月の支援が終了しました") for subject in subjects)
    assert monthly.site.get(room_of(monthly.site)).status_code == 200
    browser = monthly.site.browser()
    form = hidden_fields(browser.get(room_of(monthly.site)).text)
    assert browser.post(f"{room_of(monthly.site)}card", data=form).status_code == 503
    assert browser.post(f"{room_of(monthly.site)}stop", data=form).status_code == 303

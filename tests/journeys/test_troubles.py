"""What goes differently on the way to a pledge: cards that fail, people who turn back, forms filled wrongly."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from fundsite.campaigns.models import Campaign
from fundsite.pledges.models import Pledge
from fundsite.rewards.models import Reward
from support.factories import Factory, confirmed
from support.person import (
    CAMPAIGN,
    SLUG,
    choose,
    fill,
    named,
    pay,
    thanked,
    the_mail,
    to_confirmation,
    to_payment,
    type_details,
    up_to_payment,
)

SCRIPTS = pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
STOCK = 3


@pytest.fixture
def site(small_site):
    """A site with one scarce reward and one that is there for all."""
    reward(small_site, "A", stock=STOCK)
    reward(small_site, "B", title="ポストカード", amount=5_000)
    return small_site


def reward(site, code, **values):
    with site.app.app_context():
        [(campaign,)] = site.rows(select(Campaign))
        Factory(site).reward(campaign, code, **values)


def remaining(site):
    return site.figures(SLUG)["rewards"][0]["remaining"]


def statuses(site):
    return dict(site.rows(select(Pledge.status, func.count()).group_by(Pledge.status)))


def paid_once(site):
    """Assert one paid pledge, one charge that succeeded, one mail, and right books."""
    the_mail(site)
    assert statuses(site).get("paid") == 1
    assert [line["status"] for line in site.stripe("books")["charges"]].count("succeeded") == 1
    assert remaining(site) == STOCK - 1
    assert site.command("check") == 0


def test_a_declined_card_can_be_followed_by_one_that_works(site, open_page):
    page = open_page(site)
    up_to_payment(page)
    pay(page, "4000000000000002")
    expect(page.get_by_role("alert")).to_contain_text("カードが拒否されました")
    assert statuses(site) == {"pending": 1}
    pay(page)
    thanked(page)
    paid_once(site)


def test_a_card_that_asks_for_authentication_pays_once_that_is_done(site, open_page):
    page = open_page(site)
    up_to_payment(page)
    pay(page, "4000000000003220")
    page.get_by_role("button", name="認証に失敗する").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert statuses(site) == {"pending": 1}
    pay(page, "4000000000003220")
    page.get_by_role("button", name="認証を完了する").click()
    thanked(page)
    paid_once(site)


@SCRIPTS
def test_somebody_who_turns_back_from_the_payment_page_can_go_on_and_pay(site, open_page, javascript):
    page = open_page(site, javascript=javascript)
    up_to_payment(page)
    payment_page = page.url
    page.get_by_role("link", name="販売元に戻る").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("お支払いは完了していません")
    assert remaining(site) == STOCK - 1
    page.get_by_role("button", name="お支払いを続ける").click()
    page.wait_for_url(payment_page)
    pay(page)
    thanked(page)
    paid_once(site)


@SCRIPTS
def test_somebody_who_turns_back_and_gives_up_gives_the_stock_back(site, open_page, javascript):
    page = open_page(site, javascript=javascript)
    up_to_payment(page)
    payment_page = page.url
    page.get_by_role("link", name="販売元に戻る").click()
    page.get_by_role("button", name="取りやめる").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("お手続きを取りやめました")
    expect(page.get_by_role("button", name="お支払いを続ける")).to_have_count(0)
    assert statuses(site) == {"canceled": 1}
    assert remaining(site) == STOCK
    page.goto(payment_page)
    expect(page.get_by_role("heading", level=1)).to_have_text("お支払いの期限が切れました")
    up_to_payment(page)
    pay(page)
    thanked(page)
    paid_once(site)


def test_somebody_who_comes_to_the_form_again_is_offered_the_pledge_under_way(site, open_page):
    page = open_page(site)
    up_to_payment(page)
    payment_page = page.url
    choose(page, "A")
    page.get_by_role("button", name="続きから再開する").click()
    page.wait_for_url(payment_page)
    pay(page)
    thanked(page)
    paid_once(site)


def test_an_order_changed_on_the_way_replaces_the_first_one(site, open_page):
    page = open_page(site)
    up_to_payment(page)
    first = page.url
    choose(page, "A")
    type_details(page, extra="500")
    to_confirmation(page)
    to_payment(page)
    assert page.url != first
    assert remaining(site) == STOCK - 1
    pay(page)
    thanked(page)
    expect(page.get_by_text("3,500円").first).to_be_visible()
    paid_once(site)


@SCRIPTS
def test_a_double_click_is_one_pledge(site, open_page, javascript):
    page = open_page(site, javascript=javascript)
    choose(page, "A")
    type_details(page)
    to_confirmation(page)
    page.get_by_role("button", name="お支払いへ進む").dblclick()
    page.wait_for_url("**/c/pay/cs_test_*")
    assert statuses(site) == {"pending": 1}
    pay(page)
    thanked(page)
    page.reload()
    thanked(page)
    paid_once(site)


def test_the_same_confirmation_in_two_tabs_is_one_pledge_and_one_charge(site, open_page):
    page = open_page(site)
    choose(page, "A")
    type_details(page)
    to_confirmation(page)
    other = page.context.new_page()
    choose(other, "A")
    type_details(other)
    to_confirmation(other)
    to_payment(page)
    to_payment(other)
    assert page.url == other.url
    pay(page)
    thanked(page)
    other.reload()
    expect(other.get_by_role("heading", level=1)).to_have_text("お支払いは完了しています")
    other.get_by_role("link", name="販売元のページへ進む").click()
    thanked(other)
    paid_once(site)


@SCRIPTS
def test_a_form_filled_wrongly_comes_back_with_what_was_typed_and_what_is_wrong(site, open_page, javascript):
    page = open_page(site, javascript=javascript)
    choose(page, "A")
    fill(page, {"name": "髙橋 花子", "email": "hanako＠", "quantity": "二", "comment": "灯り①"})
    with page.expect_response(lambda reply: reply.request.method == "POST") as answered:
        page.get_by_role("button", name="確認画面へ進む").click()
    assert answered.value.status == 422
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("入力内容をご確認ください")
    if javascript:
        expect(summary).to_be_focused()
    for name in ("email", "quantity", "consent"):
        field = named(page, name)
        expect(field).to_have_attribute("aria-invalid", "true")
        [error] = [one for one in field.get_attribute("aria-describedby").split() if one.endswith("-error")]
        message = page.locator(f"#{error}")
        expect(message).to_contain_text("エラー")
        words = message.inner_text().replace("エラー:", "").strip()
        summary.get_by_role("link", name=words).click()
        expect(field).to_be_focused()
    for name in ("name", "comment"):
        assert named(page, name).get_attribute("aria-invalid") is None
    for name, kept in {"name": "髙橋 花子", "email": "hanako＠", "quantity": "二", "comment": "灯り①"}.items():
        expect(named(page, name)).to_have_value(kept)
    assert statuses(site) == {}
    type_details(page, quantity="1")
    to_confirmation(page)


def test_who_wants_to_correct_something_at_the_confirmation_finds_it_as_typed(site, open_page):
    page = open_page(site)
    choose(page, "A")
    type_details(page)
    to_confirmation(page)
    page.get_by_role("button", name="入力内容を直す").click()
    expect(named(page, "name")).to_have_value("髙橋 花子")
    expect(page.get_by_role("alert")).to_have_count(0)
    fill(page, {"name": "髙橋 華子"})
    to_confirmation(page)
    expect(page.get_by_text("髙橋 華子")).to_be_visible()


@SCRIPTS
def test_a_reward_that_ran_out_meanwhile_is_said_to_be_gone_and_others_are_offered(site, open_page, javascript):
    page = open_page(site, javascript=javascript)
    choose(page, "A")
    type_details(page)
    to_confirmation(page)
    faster = site.visitor()
    form = confirmed(faster, SLUG, "A", quantity=str(STOCK))
    assert faster.post(f"{CAMPAIGN}pledge/confirm", data=form).status_code == 303
    with page.expect_response(lambda reply: reply.request.method == "POST") as answered:
        page.get_by_role("button", name="お支払いへ進む").click()
    assert answered.value.status == 409
    expect(page.get_by_role("heading", level=1)).to_contain_text("在庫がなくなりました")
    page.locator('a[href*="pledge?reward=B"]').click()
    type_details(page)
    to_confirmation(page)
    assert statuses(site) == {"pending": 1}


def test_stripe_away_is_said_plainly_and_the_stock_is_given_back(site, open_page):
    page = open_page(site)
    choose(page, "A")
    type_details(page)
    to_confirmation(page)
    with site.faults(api=[{"match": "POST /v1/checkout/sessions", "status": 503}]):
        page.get_by_role("button", name="お支払いへ進む").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("決済サービスに接続できませんでした")
    assert remaining(site) == STOCK
    assert statuses(site) == {"canceled": 1}
    up_to_payment(page)
    pay(page)
    thanked(page)
    paid_once(site)


def test_a_pledge_without_a_reward_is_of_any_amount(site, open_page):
    page = open_page(site)
    page.goto(CAMPAIGN)
    page.locator(f'a[href="{CAMPAIGN}pledge"]').first.click()
    type_details(page, extra="２，５００")
    to_confirmation(page)
    to_payment(page)
    pay(page)
    thanked(page)
    the_mail(site)
    assert site.figures(SLUG)["raised"] == 2_500
    assert site.rows(select(func.sum(Reward.claimed))) == [(0,)]
    assert site.command("check") == 0

"""Rewards are written by forms; a promise that somebody counts on changes only knowingly."""

import pytest
from sqlalchemy import select, update

from fundsite.audit import AuditEntry
from fundsite.rewards.models import Reward, RewardPromise
from support.editors import send, signed_in, typed_fields
from support.factories import pledged

HOME = "/staff/campaigns/ie/rewards/"


@pytest.fixture
def editor(site):
    return signed_in(site, "editor")


def rewards(site):
    return [row[0] for row in site.rows(select(Reward).order_by(Reward.position))]


@pytest.fixture
def chosen(site, make):
    """A reward of which three are chosen."""
    reward = make.reward(make.campaign(), stock=10, body="手書きのお礼状")
    site.change(update(Reward).values(claimed=3, pledged=2))
    return reward


def test_a_reward_is_added_with_everything_that_it_needs(site, make, editor):
    make.reward(make.campaign())
    reply = send(
        editor,
        HOME + "new",
        title="手ぬぐい",
        amount="１０,０００円",
        body="- 一枚",
        fulfilment_month="2027-05",
        shipping="japan",
        stock="300",
        per_backer="2",
        **{"questions-label": ["色"], "questions-required": ["y"]},
    )
    assert reply.status_code == 303, reply.text
    added = rewards(site)[-1]
    assert (added.code, added.amount, added.stock, added.per_backer) == ("B", 10_000, 300, 2)
    assert added.questions == [{"label": "色", "required": True}]
    assert "<li>一枚</li>" in added.body_html
    assert "手ぬぐい" in site.get("/c/ie/").text


WRONG = [
    ({"title": ""}, "名前を入力してください。"),
    ({"amount": "10"}, "50以上"),
    ({"amount": "高い"}, "数字で入力してください。"),
    ({"stock": "-1"}, "数字で入力してください。"),
    ({"fulfilment_month": "来春"}, "年月は"),
    ({"image": "images/none.jpg"}, "画像を選んでください。"),
    ({"code": "A"}, "ほかのリターンで使われています"),
    ({"code": "あ"}, "英数字8文字以内"),
]


@pytest.mark.parametrize(("typed", "message"), WRONG)
def test_a_wrong_reward_is_refused_and_kept_as_typed(site, make, editor, typed, message):
    make.reward(make.campaign())
    reply = send(editor, HOME + "new", **{"title": "新しいもの", "amount": "3000", "body": "書いた文", **typed})
    assert reply.status_code == 422
    assert message in reply.text
    assert "書いた文" in reply.text
    assert len(rewards(site)) == 1


def test_a_promise_with_backers_changes_only_after_a_page_that_says_how_many_they_are(site, chosen, editor):
    asked = send(editor, HOME + "A", amount="5000", body="印刷のお礼状")
    assert asked.status_code == 200
    assert "すでに3個のお申し込みがあります" in asked.text
    assert "手書きのお礼状" in asked.text
    assert rewards(site)[0].amount == chosen.amount
    done = editor.post(HOME + "A", data=typed_fields(asked.text))
    assert done.status_code == 303
    assert (rewards(site)[0].amount, rewards(site)[0].body) == (5000, "印刷のお礼状")
    kept = site.one(select(RewardPromise))
    assert (kept.amount, kept.body, kept.chosen) == (chosen.amount, "手書きのお礼状", 3)
    entry = site.one(select(AuditEntry).where(AuditEntry.action == "reward.change"))
    assert (sorted(entry.detail["fields"]), entry.detail["chosen"]) == (["amount", "body"], 3)
    assert "手書きのお礼状" in editor.get(HOME + "A").text


def test_a_confirmation_is_asked_anew_when_somebody_chose_it_meanwhile(site, chosen, editor):
    asked = send(editor, HOME + "A", amount="5000")
    site.change(update(Reward).values(claimed=4))
    again = editor.post(HOME + "A", data=typed_fields(asked.text))
    assert "すでに4個のお申し込みがあります" in again.text
    assert rewards(site)[0].amount == chosen.amount


def test_going_back_from_the_confirmation_keeps_what_was_typed(site, chosen, editor):
    asked = send(editor, HOME + "A", title="変えた名前")
    back = editor.post(HOME + "A", data={**typed_fields(asked.text), "back": "1"})
    assert 'value="変えた名前"' in back.text
    assert rewards(site)[0].title == chosen.title


@pytest.mark.usefixtures("chosen")
def test_what_is_no_promise_changes_at_once_and_stock_stays_above_what_is_claimed(site, editor):
    assert send(editor, HOME + "A", stock="2").status_code == 422
    assert send(editor, HOME + "A", stock="3", per_backer="1").status_code == 303
    assert (rewards(site)[0].stock, rewards(site)[0].per_backer) == (3, 1)
    assert not site.rows(select(RewardPromise))


def test_the_second_of_two_editors_of_a_reward_is_told(site, make, editor):
    make.reward(make.campaign())
    mine = typed_fields(editor.get(HOME + "A").text)
    send(signed_in(site, "owner"), HOME + "A", title="先の名前")
    reply = editor.post(HOME + "A", data={**mine, "title": "あとの名前"})
    assert reply.status_code == 409
    assert "先の名前" in reply.text
    assert "あとの名前" in reply.text
    assert rewards(site)[0].title == "先の名前"
    assert editor.post(HOME + "A", data=typed_fields(reply.text)).status_code == 303
    assert rewards(site)[0].title == "あとの名前"


def test_rewards_are_put_in_order_by_buttons_and_as_a_whole(site, make, editor):
    campaign = make.campaign()
    for code in "ABC":
        make.reward(campaign, code)
    send(editor, HOME, HOME + "order", move="up:C")
    assert [row.code for row in rewards(site)] == ["A", "C", "B"]
    token = typed_fields(editor.get(HOME).text)["csrf_token"]
    editor.post(HOME + "order", data={"csrf_token": token, "code": ["B", "A", "C"]})
    assert [row.code for row in rewards(site)] == ["B", "A", "C"]


def test_a_reward_is_removed_only_if_nobody_ever_chose_it(site, make, editor):
    campaign = make.campaign()
    make.reward(campaign, "A")
    make.reward(campaign, "B")
    pledged(site.browser())
    site.change(update(Reward).values(claimed=0))  # the pledge ran out; its row stays
    for code in "AB":
        send(editor, HOME, f"{HOME}{code}/remove")
    assert [row.code for row in rewards(site)] == ["A"]

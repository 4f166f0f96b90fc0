"""Milestones that campaigns pass."""

import pytest
from sqlalchemy import select, update
from updates.conftest import Desk

from fundsite.campaigns.models import Campaign, NextGoal
from fundsite.db import transaction
from fundsite.staff.models import Staff
from fundsite.updates.milestones import Figures, News, backer_marks, news_of, note_milestones
from fundsite.updates.models import Milestone, Update
from support.races import at_once


@pytest.fixture
def young(make):
    """A campaign that the worker has looked at when nobody had given yet."""
    found = make.campaign()
    with make.site.inside(), transaction() as session:
        session.add(NextGoal(campaign_id=found.id, amount=15_000_000, title="二つめの家"))
    make.site.work()
    return found


def reach(site, campaign, raised, backers):
    """Move the kept figures, as pledges do."""
    site.change(update(Campaign).where(Campaign.id == campaign.id).values(raised=raised, backers=backers))


def drafts(site):
    return [row[0] for row in site.rows(select(Update).order_by(Update.id))]


def passed(site):
    rows = select(Milestone.kind, Milestone.mark).where(Milestone.passed_at.is_not(None)).order_by(Milestone.mark)
    return [tuple(row) for row in site.rows(rows)]


def test_a_hundred_backers_make_one_draft_with_the_figures_of_the_day_and_mail_to_whoever_writes(
    site, young, hanako, taro
):
    Desk(site, "books@example.jp", "accountant", "経理")
    gone = Desk(site, "gone@example.jp", "owner", "前の管理者")
    site.change(update(Staff).where(Staff.id == gone.id).values(disabled_at=young.starts_at))
    reach(site, young, 1_250_000, 103)
    site.work()
    site.work()
    [draft] = drafts(site)
    assert (draft.status, draft.number, draft.title) == ("draft", None, "支援者が100人を超えました")
    assert "現在、103人の方から、1,250,000円（目標金額の25%）のご支援" in draft.body
    assert "目標金額の5,000,000円まで、あと3,750,000円です。" in draft.body
    assert sorted(mail["To"] for mail in site.letterbox.mails) == ["hanako@example.jp", "taro@example.jp"]
    mail = site.letterbox.mails[0]
    assert mail["Subject"] == "支援者が100人に達しました: 夕ごはんと灯りのある家を"
    link = f"http://localhost/staff/reports/{draft.id}/edit"
    assert link in mail.get_body(("plain",)).get_content()
    assert "支援者が100人を超えました" in hanako.browser.get(link).text


def test_several_milestones_passed_between_two_looks_are_each_told(site, young):
    reach(site, young, 5_012_000, 412)
    site.work()
    titles = {draft.title for draft in drafts(site)}
    assert titles == {
        "支援者が100人を超えました",
        "支援者が300人を超えました",
        "目標金額5,000,000円に到達しました",
    }
    assert all("次は、ネクストゴールの15,000,000円を目指します。" in draft.body for draft in drafts(site))
    reach(site, young, 15_000_000, 412)
    site.work()
    assert drafts(site)[-1].title == "ネクストゴール15,000,000円に到達しました"
    assert "掲げた目標金額のすべてに届いています" in drafts(site)[-1].body


def test_a_refund_and_another_pledge_do_not_make_a_milestone_twice(site, young):
    for backers in (100, 99, 100):
        reach(site, young, 300_000, backers)
        site.work()
    assert [draft.title for draft in drafts(site)] == ["支援者が100人になりました"]


def test_what_was_behind_at_the_first_look_is_noted_without_a_word_and_what_comes_later_is_told(site, make):
    old = make.campaign(raised=7_000_000, backers=842)
    site.work()
    assert drafts(site) == []
    assert passed(site) == [("backers", 100), ("backers", 300), ("backers", 500), ("goal", 5_000_000)]
    reach(site, old, 7_900_000, 2_004)
    site.work()
    assert [draft.title for draft in drafts(site)] == ["支援者が1,000人を超えました", "支援者が2,000人を超えました"]


def test_a_next_goal_that_is_added_when_it_is_passed_already_is_no_news(site, young):
    with site.inside(), transaction() as session:
        session.add(NextGoal(campaign_id=young.id, amount=6_000_000, title="庭"))
        session.get_one(Campaign, young.id).raised = 6_100_000
    site.work()
    assert [draft.title for draft in drafts(site)] == ["目標金額5,000,000円に到達しました"]


def test_two_workers_at_once_make_one_draft(site, young):
    reach(site, young, 300_000, 100)
    made = []
    assert at_once(site, 2, lambda _worker: made.append(note_milestones()), refusal=()) == [0, 0]
    assert sorted(made) == [0, 1]
    assert len(drafts(site)) == 1


def test_a_milestone_draft_is_an_ordinary_draft_that_can_be_thrown_away_for_good(site, young, hanako):
    reach(site, young, 300_000, 100)
    site.work()
    [draft] = drafts(site)
    assert hanako.send(draft.id, hanako.form(draft.id), "delete").status_code == 303
    site.work()
    assert drafts(site) == []
    assert ("backers", 100) in passed(site)


def test_a_campaign_of_donations_is_told_in_its_own_words(site, make):
    campaign = make.campaign(wording="donation")
    site.work()
    reach(site, campaign, 300_000, 300)
    site.work()
    assert [draft.title for draft in drafts(site)] == ["寄付者が100人を超えました", "寄付者が300人になりました"]
    assert "ご寄付をお寄せいただいています" in drafts(site)[0].body


@pytest.mark.parametrize(
    ("backers", "marks"),
    [(0, [100]), (100, [100, 300]), (842, [100, 300, 500, 1000]), (1000, [100, 300, 500, 1000, 2000])],
)
def test_marks_lead_up_to_the_next_one(backers, marks):
    assert list(backer_marks(backers)) == marks


def test_a_look_that_finds_nothing_new_is_empty():
    figures = Figures(1, 100, 5, 1_000, ())
    first = news_of(figures, {})
    assert first == News(ahead=(("backers", 100), ("goal", 1_000)), behind=(), passed=())
    assert news_of(figures, dict.fromkeys(first.ahead, False)) == News((), (), ())

"""The dashboard: every figure is the sum of its rows, by the days of Japan, and picture, table and file agree."""

import csv
import io
import re
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from html import unescape
from xml.etree import ElementTree as ET

import pytest
import time_machine
from sqlalchemy import event, insert, select, update

from fundsite import clock
from fundsite.access import ROLES
from fundsite.campaigns.models import Campaign, NextGoal
from fundsite.charts import steps
from fundsite.db import db
from fundsite.mail import OutboxMail
from fundsite.pages.dashboard import campaign_days, dashboard, origin_lines
from fundsite.pages.periods import Period, gathered, unit_for
from fundsite.pledges.figures_by_day import DayFigures, amounts_by_reward, figures_by_day
from fundsite.pledges.models import Pledge
from fundsite.rewards.models import Reward
from fundsite.settings import current_settings
from support.staffroom import signed_in

PAGE = "/staff/campaigns/ie/dashboard/"
SVG = "{http://www.w3.org/2000/svg}"
NOON = datetime(2027, 4, 20, 3, tzinfo=UTC)  # noon in Japan


def at(day, hour, minute=0):
    """Return a moment by the clocks of Japan."""
    return datetime(2027, 4, day, hour, minute, tzinfo=UTC) - timedelta(hours=9)


@contextmanager
def statements(site):
    """Collect what the database is asked."""
    asked = []

    def note(_connection, _cursor, statement, *_):
        if not statement.startswith("BEGIN"):
            asked.append(statement)

    with site.inside():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def april(site, make):
    """A campaign of April 2027 with five paid pledges, told on the 20th."""
    with time_machine.travel(NOON, tick=False):
        campaign = make.campaign(starts_at=at(16, 0), ends_at=at(30, 0) + timedelta(days=1), goal=10_000)
        tier, other = make.reward(campaign, amount=3_000, stock=10), make.reward(campaign, "B", amount=5_000)
        make.paid(campaign, tier, paid_at=at(17, 23, 59), utm_source="line", utm_medium="social")
        make.paid(campaign, tier, paid_at=at(18, 0, 0), utm_source="line", utm_medium="social", extra=500, total=3_500)
        make.paid(campaign, other, paid_at=at(18, 8, 59), referrer_host="shinbun.example")
        make.paid(campaign, other, paid_at=at(18, 9, 0))
        make.paid(campaign, paid_at=at(20, 11), extra=1_200, total=1_200)
        make.paid(campaign, tier, status="expired", paid_at=None)
        make.paid(campaign, tier, status="refunded", paid_at=at(18, 10))
        make.paid(make.campaign("other"), paid_at=at(18, 10))
        site.change(
            update(Campaign).where(Campaign.slug == "ie").values(raised=17_700, backers=5),
            update(Reward).where(Reward.code == "A").values(claimed=3, pledged=2),
            update(Reward).where(Reward.code == "B").values(claimed=2, pledged=2),
        )
        yield campaign


def test_a_day_is_one_of_japan_from_midnight_to_midnight(site, april):
    with site.inside():
        days = figures_by_day(april.id, current_settings().timezone)
    assert days == (
        DayFigures(date(2027, 4, 17), 3_000, 1),
        DayFigures(date(2027, 4, 18), 13_500, 3),
        DayFigures(date(2027, 4, 20), 1_200, 1),
    )


def test_no_day_is_left_out_and_the_last_sum_is_what_the_public_page_says(site, april):
    with site.inside():
        days = campaign_days(april)
    assert [(day.start.day, day.amount, day.backers, day.amount_so_far, day.backers_so_far) for day in days] == [
        (16, 0, 0, 0, 0),
        (17, 3_000, 1, 3_000, 1),
        (18, 13_500, 3, 16_500, 4),
        (19, 0, 0, 16_500, 4),
        (20, 1_200, 1, 17_700, 5),
    ]


def test_money_of_a_reward_counts_extras_and_nothing_unpaid(site, april):
    with site.inside():
        by_id = amounts_by_reward(april.id)
        page = dashboard("ie")
    assert sorted(by_id.values()) == [(1_200, 1), (6_500, 2), (10_000, 2)]
    lines = [
        (line.code, line.pledged, line.at_checkout, line.stock, line.remaining, line.amount) for line in page.rewards
    ]
    assert lines == [("A", 2, 1, 10, 7, 6_500), ("B", 2, 0, None, None, 10_000), ("", 1, 0, None, None, 1_200)]


def test_origins_are_added_up_the_most_money_first(site, april):
    with site.inside():
        lines = [(line.place, line.words, line.amount, line.backers) for line in origin_lines(april.id)]
    assert lines == [("line", "social", 6_500, 2), ("", "", 6_200, 2), ("shinbun.example", "", 5_000, 1)]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.usefixtures("april")
def test_every_role_sees_the_figures_and_nothing_personal(site, role):
    browser = signed_in(site, role)
    for address in (PAGE, f"{PAGE}days.csv", f"{PAGE}rewards.csv", f"{PAGE}origins.csv", "/staff/campaigns/"):
        reply = browser.get(address)
        assert reply.status_code == 200
        assert not re.search(r"backer\d|支援者 \d|名前\d|TEST-", reply.text)


@pytest.mark.usefixtures("april")
def test_nobody_else_sees_them(site):
    for address in (PAGE, f"{PAGE}days.csv", "/staff/campaigns/"):
        reply = site.get(address)
        assert reply.status_code == 303
        assert "/staff/sign-in" in reply.location


@pytest.mark.usefixtures("april")
def test_an_unknown_campaign_is_not_found(site):
    browser = signed_in(site)
    for name in ("", "days.csv", "rewards.csv", "origins.csv"):
        assert browser.get(f"/staff/campaigns/none/dashboard/{name}").status_code == 404


def charts_of(html):
    """Return the page's four charts as XML."""
    found = re.findall(r"<svg xmlns.*?</svg>(?=\s*<p|\s*<div)", html, re.DOTALL)
    return [ET.fromstring(svg) for svg in found]  # noqa: S314 - our own


def tables_of(html):
    """Return the rows of the two tables that say what the charts show."""
    tables = re.findall(r"<figure.*?<tbody>(.*?)</tbody>", html, re.DOTALL)
    return [re.findall(r"<td>(.*?)</td>\s*<td>(.*?)</td>", table) for table in tables]


def values_of(chart):
    return [int(hit.get("data-value")) for hit in chart.iter(f"{SVG}rect") if hit.get("class") == "chart-hit"]


def titles_of(chart):
    return [title.text for title in chart.iter(f"{SVG}title")]


def numbers(words):
    return int(re.sub(r"\D", "", unescape(words)))


@pytest.mark.usefixtures("april")
def test_charts_are_xml_without_script_or_style_and_say_what_the_tables_say(site):
    html = signed_in(site).get(PAGE).text
    charts, (money, backers) = charts_of(html), tables_of(html)
    so_far, by_day, people_so_far, people = charts
    assert values_of(by_day) == [numbers(row[0]) for row in reversed(money)] == [0, 3_000, 13_500, 0, 1_200]
    assert values_of(so_far) == [numbers(row[1]) for row in reversed(money)] == [0, 3_000, 16_500, 16_500, 17_700]
    assert values_of(people) == [numbers(row[0]) for row in reversed(backers)] == [0, 1, 3, 0, 1]
    assert values_of(people_so_far) == [numbers(row[1]) for row in reversed(backers)]
    assert titles_of(by_day)[1] == "4/17 3,000円"
    for chart in charts:
        assert chart.get("role") == "img"
        assert chart.get("aria-label")
        for element in chart.iter():
            assert element.tag not in {f"{SVG}script", f"{SVG}style"}
            assert not [name for name in element.attrib if name == "style" or name.startswith("on")]


def test_the_goal_and_the_next_one_stand_in_the_chart_but_none_beyond(site, april):
    goals = [(20_000, "次"), (90_000, "その次")]
    site.change(
        *(insert(NextGoal).values(campaign_id=april.id, amount=a, title=t, body="", body_html="") for a, t in goals)
    )
    html = signed_in(site).get(PAGE).text
    chart = re.search(r"<svg xmlns.*?</svg>(?=\s*<p)", html, re.DOTALL)[0]
    assert "目標 10,000円" in chart
    assert "ネクストゴール1 20,000円" in chart
    assert "90,000円" not in chart


def rows_of(reply):
    assert reply.data.startswith(b"\xef\xbb\xbf")
    assert reply.mimetype == "text/csv"
    return list(csv.reader(io.StringIO(reply.data.decode("utf-8-sig"), newline="")))


@pytest.mark.usefixtures("april")
def test_the_days_come_as_a_file(site):
    reply = signed_in(site).get(f"{PAGE}days.csv")
    assert reply.headers["Content-Disposition"] == "attachment; filename=ie-days-2027-04-20.csv"
    assert reply.data.count(b"\r\n") == 6
    header, *rows = rows_of(reply)
    assert header == ["日付", "支援額", "支援者数", "支援額の累計", "支援者数の累計"]
    assert rows[2] == ["2027-04-18", "13500", "3", "16500", "4"]


@pytest.mark.usefixtures("april")
def test_no_cell_of_a_file_becomes_a_formula(site):
    names = ["=1+1", "+81", "-cmd", "@SUM(A1)", "\t=1", "＝1", ' =HYPERLINK("x")', 'まち, "灯り"\n二行']
    for name in names:
        site.change(insert(Pledge).from_select(*_copy(name)))
    sources = [row[0] for row in rows_of(signed_in(site).get(f"{PAGE}origins.csv"))[1:]]
    for name in names[:-1]:
        assert f"'{name}" in sources
    assert names[-1] in sources
    site.change(update(Reward).where(Reward.code == "A").values(title="=cmd()"))
    assert rows_of(signed_in(site).get(f"{PAGE}rewards.csv"))[1][1] == "'=cmd()"


def _copy(source):
    """Return column names and a SELECT that copy one pledge with another source."""
    table = Pledge.__table__
    unique = {"id", "reference", "attempt", "token_hash", "checkout_session_id", "subscription_id", "utm_source"}
    names = [column.name for column in table.columns if column.name not in unique]
    new = {"reference": source, "attempt": source, "token_hash": source, "utm_source": source}
    row = select(*(table.c[name] for name in names), *(db.literal(value) for value in new.values()))
    return [*names, *new], row.where(table.c.reference == "TEST-0001")


def kinds(site):
    with site.inside():
        return [task.kind for task in dashboard("ie").tasks]


def test_a_calm_campaign_has_no_tasks(site, make):
    campaign = make.campaign()
    make.update(campaign)
    make.reward(campaign, stock=40, claimed=10)
    assert kinds(site) == []


def test_what_waits_is_named_the_most_pressing_first(site, make):
    now = clock.now()
    campaign = make.campaign(starts_at=now - timedelta(days=40), ends_at=now + timedelta(days=3))
    make.update(campaign, published_at=now - timedelta(days=15))
    make.reward(campaign, stock=40, claimed=36)
    make.paid(campaign, status="refund_due")
    make.paid(campaign, status="pending", paid_at=None, hold_until=now - timedelta(minutes=11))
    make.paid(campaign, status="pending", paid_at=None, hold_until=now - timedelta(minutes=9))
    unsent = make.paid(campaign)
    values = {"recipient": "x@example.jp", "locale": "ja", "created_at": now, "due_at": now, "refusals": 0, "tries": 0}
    mails = [("pledge_thanks", unsent.id, "failed"), ("pledge_refunded", unsent.id, "sent"), ("other", 1, "failed")]
    for kind, about, status in mails:
        site.change(
            insert(OutboxMail).values(kind=kind, about=about, status=status, message_id=f"<{kind}>", **values),
        )
    assert kinds(site) == ["refund_due", "overdue", "mails", "closing", "report", "stock"]
    html = signed_in(site).get(PAGE).text
    assert "期限を過ぎてもお支払いの結果が確認できていないお申し込みが1件あります。" in html
    assert "活動報告を15日間お届けしていません。" in html
    assert "「A: お礼状」の在庫が残り4です。" in html


@pytest.mark.parametrize(
    ("stock", "claimed", "warns"),
    [(5, 1, False), (5, 2, True), (5, 5, False), (100, 89, False), (100, 90, True)],
)
def test_stock_is_nearly_out_at_a_tenth_or_three_and_not_once_it_is_gone(site, make, stock, claimed, warns):
    campaign = make.campaign()
    make.update(campaign)
    make.reward(campaign, stock=stock, claimed=claimed)
    assert ("stock" in kinds(site)) is warns


def test_an_ended_campaign_asks_for_no_report(site, make):
    now = clock.now()
    make.reward(make.campaign(starts_at=now - timedelta(days=60), ends_at=now - timedelta(days=1)), stock=3, claimed=2)
    assert kinds(site) == []


def test_a_campaign_without_pledges_without_end_or_not_yet_open_has_its_page(site, make):
    now = clock.now()
    make.campaign("soon", starts_at=now + timedelta(days=3), ends_at=now + timedelta(days=9))
    make.campaign("monthly", funding="monthly", starts_at=now - timedelta(days=900), ends_at=None)
    browser = signed_in(site)
    for slug in ("soon", "monthly"):
        assert browser.get(f"/staff/campaigns/{slug}/dashboard/").status_code == 200
    overview = browser.get("/staff/campaigns/").text
    assert "/staff/campaigns/soon/dashboard/" in overview
    assert "/staff/campaigns/soon/comments/" in overview
    assert "/c/soon/" in overview


def test_the_page_asks_the_database_the_same_whatever_the_number_of_pledges(site, make):
    campaign = make.campaign()
    tier = make.reward(campaign)
    browser = signed_in(site)
    browser.get(PAGE)
    with statements(site) as few:
        browser.get(PAGE)
    for _ in range(30):
        make.paid(campaign, tier)
    with statements(site) as many:
        browser.get(PAGE)
    assert len(many) == len(few) <= 14


def test_many_days_are_gathered_into_weeks_and_months():
    assert [unit_for(count) for count in (1, 100, 101, 560, 561)] == ["day", "day", "week", "week", "month"]
    first = date(2027, 4, 29)
    days = [Period(first + timedelta(days=n), 10, 1, 10 * (n + 1), n + 1) for n in range(10)]
    weeks = [(week.start, week.amount, week.backers_so_far) for week in gathered(days, "week")]
    assert weeks == [(date(2027, 4, 26), 40, 4), (date(2027, 5, 3), 60, 10)]
    assert [(month.start.month, month.amount) for month in gathered(days, "month")] == [(4, 20), (5, 80)]


@pytest.mark.parametrize(
    ("largest", "ticks"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (7, [0, 2, 4, 6, 8]),
        (842, [0, 500, 1_000]),
        (15_000_000, [0, 5_000_000, 10_000_000, 15_000_000]),
    ],
)
def test_the_axis_has_round_values_that_reach_the_largest(largest, ticks):
    assert steps(largest) == ticks

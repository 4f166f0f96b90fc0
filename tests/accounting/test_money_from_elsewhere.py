"""Money that did not come through Stripe: it counts, it stands in the books, and nothing of it is ever deleted."""

import io
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from fundsite import clock
from fundsite.access import ACCOUNTANT, EDITOR
from fundsite.accounting.import_file import COLUMNS, SAMPLE
from fundsite.books.models import LedgerEntry
from fundsite.campaigns.models import Campaign
from fundsite.csv_file import csv_bytes
from fundsite.mail import OutboxMail
from fundsite.pledges.models import Pledge
from fundsite.rewards.models import Reward
from support.databases import on_sqlite
from support.moneyroom import refunded, sent
from support.site import hidden_fields
from support.staffroom import signed_in

ENTRY = "/staff/money/offline/ie/"
IMPORT = f"{ENTRY}import"
TODAY = clock.local_day(clock.now(), ZoneInfo("Asia/Tokyo"))


@pytest.fixture
def campaign(make):
    found = make.campaign()
    make.reward(found, stock=2)
    return found


def entered(browser, **typed):
    said = {"source": "cash", "received_on": str(TODAY), "amount": "5,000", "reward": "", "quantity": "1", **typed}
    return sent(browser, ENTRY, **said)


def kept(site):
    return tuple(site.one(select(Campaign.raised, Campaign.raised_offline, Campaign.backers)))


def test_cash_without_a_name_counts_and_the_page_says_where_money_came_from(site, campaign):
    assert campaign
    assert "現金・振込など" not in site.get("/c/ie/").text
    reply = entered(signed_in(site, ACCOUNTANT), memo="募金箱")
    assert reply.status_code == 303
    assert kept(site) == (5_000, 5_000, 1)
    assert tuple(site.one(select(LedgerEntry.kind, LedgerEntry.amount))) == ("offline", 5_000)
    page = site.get("/c/ie/").text
    assert "オンライン 0円 ／ 現金・振込など 5,000円" in page
    assert "募金箱" not in page
    assert site.one(select(func.count(OutboxMail.id))) == 0
    assert site.check() == []


def test_a_reward_is_taken_by_the_same_rule_and_never_beyond_its_stock(site, campaign):
    browser = signed_in(site)
    assert campaign
    assert entered(browser, reward="A", amount="6500", quantity="2").status_code == 303
    assert tuple(site.one(select(Reward.claimed, Reward.pledged))) == (2, 2)
    assert tuple(site.one(select(Pledge.unit_amount, Pledge.extra))) == (3_000, 500)
    sold_out = browser.post(
        ENTRY, data={**hidden_fields(browser.get(ENTRY).text), "reward": "A", "amount": "3000", "quantity": "1"}
    )
    assert sold_out.status_code == 422, "a reward that is gone is no choice"
    assert site.check() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "0"},
        {"amount": ""},
        {"source": ""},
        {"source": "online"},
        {"received_on": ""},
        {"received_on": str(TODAY + timedelta(days=1))},
        {"email": "no address"},
        {"thanks": "y"},
        {"reward": "A", "amount": "2999"},
        {"quantity": "0"},
    ],
)
@on_sqlite
def test_what_is_wrong_is_said_and_nothing_is_written(site, campaign, wrong):
    assert campaign
    reply = entered(signed_in(site), **wrong)
    assert reply.status_code == 422
    assert "エラー" in reply.text
    assert site.one(select(func.count(Pledge.id))) == 0


def test_one_form_sent_twice_is_one_pledge(site, campaign):
    browser = signed_in(site)
    assert campaign
    form = {**hidden_fields(browser.get(ENTRY).text), "source": "bank", "amount": "800", "quantity": "1"}
    places = {browser.post(ENTRY, data={**form, "received_on": str(TODAY)}).location for _ in range(3)}
    assert len(places) == 1
    assert kept(site) == (800, 800, 1)


def test_thanks_go_out_only_where_staff_say_so(site, campaign):
    browser = signed_in(site)
    assert campaign
    entered(browser, email="a@example.jp", name="見本 花子")
    assert site.one(select(func.count(OutboxMail.id))) == 0
    entered(browser, email="b@example.jp", thanks="y")
    site.work()
    (mail,) = site.letterbox.mails
    assert mail["To"] == "b@example.jp"
    assert "ご支援者 様" in mail.get_body(("plain",)).get_content()
    assert site.check() == []


def test_undoing_is_an_entry_of_its_own(site, campaign):
    browser = signed_in(site)
    assert campaign
    entered(browser, reward="A", amount="3000", email="a@example.jp")
    reference = site.one(select(Pledge.reference))
    refunded(browser, reference, amount=3_000, reason="まちがえて登録したため", stock="return")
    assert kept(site) == (0, 0, 0)
    assert dict(map(tuple, site.rows(select(LedgerEntry.kind, LedgerEntry.amount)))) == {
        "offline": 3_000,
        "offline_refund": -3_000,
    }
    assert site.one(select(Reward.claimed)) == 0
    assert site.one(select(func.count(OutboxMail.id))) == 0
    assert site.check() == []


def table(*rows, header=COLUMNS):
    return csv_bytes(header, rows)


def uploaded(browser, content, name="gifts.csv"):
    token = hidden_fields(browser.get(IMPORT).text)["csrf_token"]
    data = {"csrf_token": token, "file": (io.BytesIO(content), name)}
    return browser.post(IMPORT, data=data, content_type="multipart/form-data")


def applied(browser, preview):
    content = preview.text.partition('<textarea name="content" hidden>')[2].partition("</textarea>")[0]
    data = {**hidden_fields(preview.text), "content": content.replace("&#34;", '"').replace("&#39;", "'")}
    return browser.post(f"{IMPORT}/confirmed", data=data)


def row(**said):
    values = dict.fromkeys(COLUMNS, "") | {"受取日": str(TODAY), "金額": "1000", "受取方法": "現金"} | said
    return tuple(values[name] for name in COLUMNS)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "cp932"])
def test_a_file_is_shown_first_and_then_written_once(site, campaign, encoding):
    browser = signed_in(site)
    assert campaign
    rows = (
        row(お名前="髙橋 ①", 管理番号="R-1"),
        row(金額="２，５００円", 受取方法="銀行振込"),
        row(金額="2500", 受取方法="銀行振込"),
    )
    content = table(*rows).decode("utf-8-sig").encode(encoding)
    preview = uploaded(browser, content)
    assert preview.status_code == 200, preview.text
    assert "3件、合計6,000円を登録します" in preview.text
    assert kept(site) == (0, 0, 0)
    reply = applied(browser, preview)
    assert reply.status_code == 303, reply.text
    assert kept(site) == (6_000, 6_000, 3)
    again = uploaded(browser, content)
    assert "すべて登録済みです" in again.text
    applied(browser, again)
    assert kept(site) == (6_000, 6_000, 3)
    assert site.check() == []


@on_sqlite
def test_the_sample_is_a_good_file(site, make):
    make.campaign()
    browser = signed_in(site)
    sample = browser.get(f"{ENTRY}sample.csv").data
    assert sample.startswith(b"\xef\xbb\xbf")
    days_ago = sample.decode("utf-8-sig")
    for line in SAMPLE:
        days_ago = days_ago.replace(line[0], str(TODAY))
    assert uploaded(browser, days_ago.encode()).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"受取日": "2027-13-40"}, "2027-05-01 のように"),
        ({"受取日": str(TODAY + timedelta(days=1))}, "今日までの日付"),
        ({"金額": "-5"}, "1以上の数字"),
        ({"金額": ""}, "1以上の数字"),
        ({"受取方法": "クレジット"}, "現金・銀行振込・その他"),
        ({"メール": "だめ"}, "メールアドレスの形"),
        ({"リターン": "Z"}, "リターン「Z」はありません"),
        ({"リターン": "A", "金額": "2999"}, "3,000円以上が必要"),
        ({"リターン": "A", "金額": "9000", "数量": "3"}, "在庫は残り2"),
    ],
)
@on_sqlite
def test_each_wrong_row_says_why_and_nothing_of_the_file_is_written(site, campaign, wrong, said):
    browser = signed_in(site)
    assert campaign
    preview = uploaded(browser, table(row(), row(**wrong)))
    assert preview.status_code == 422
    assert said in preview.text
    assert applied(browser, preview).status_code == 422
    assert site.one(select(func.count(Pledge.id))) == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "空のファイル"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\xff", "読み込めません"),
        (table(), "登録する行がありません"),
        (table(("1", "2"), header=("受取日", "金額")), "「受取方法」がありません"),
        (table(row(), header=(*COLUMNS[:-1], "電話")), "知らない見出し"),
        (b"x" * 400_000, "大きすぎます"),
        (table(row(管理番号="1"), row(管理番号="1")), "2回あります"),
    ],
)
@on_sqlite
def test_a_file_that_is_no_such_table_is_refused(site, campaign, content, said):
    assert campaign
    reply = uploaded(signed_in(site), content)
    assert reply.status_code == 422
    assert said in reply.text


def test_stock_that_went_meanwhile_stops_the_whole_file(site, campaign):
    browser = signed_in(site)
    assert campaign
    preview = uploaded(browser, table(row(), row(リターン="A", 金額="3000"), row(リターン="A", 金額="3000")))
    assert preview.status_code == 200
    entered(browser, reward="A", amount="3000")
    assert applied(browser, preview).status_code == 422
    assert kept(site) == (3_000, 3_000, 1)
    assert site.check() == []


@on_sqlite
def test_editors_enter_no_money(site, campaign):
    assert campaign
    assert signed_in(site, EDITOR).get(ENTRY).status_code == 403

"""Files of the backer list: a spreadsheet shows what the database holds, and nothing of it becomes a formula."""

import csv
import io

import pytest

from fundsite.csv_file import FORMULA, SPACES
from fundsite.fulfilment.backer_filter import Wanted
from fundsite.fulfilment.backer_rows import HEADER, backer_sheet
from fundsite.fulfilment.export import CannotExport, export_to
from support import spreadsheet
from support.backers import QUESTIONS, write_backers
from support.databases import on_sqlite
from support.lacking import lacking

STATUS = {"paid": "お支払い済み", "refunded": "返金済み", "waiting": "ご入金待ち"}
COUNTRY = {"JP": "日本", "US": "アメリカ合衆国", "": ""}
METHOD = {"card": "クレジットカード", "konbini": "コンビニ払い"}


@pytest.fixture
def backers(site, make):
    """A campaign with two rewards, and a way to write supporters."""
    campaign = make.campaign()
    rewards = [make.reward(campaign, "A", questions=list(QUESTIONS), shipping="japan"), make.reward(campaign, "B")]

    def write(count):
        return campaign, rewards, write_backers(site, campaign, rewards, count)

    return write


def as_cells(row, rewards):
    """Return what a file must show of a pledge, without its shipping."""
    reward = next((one for one in rewards if one.id == row["reward_id"]), None)
    fee = row["total"] * 36 // 1000 if row["paid_at"] else 0
    answers = {one["question"]: one["answer"] for one in row["answers"]}
    return {
        "受付番号": row["reference"],
        "申込日時": f"{row['created_at']:%Y-%m-%d %H:%M:%S}",
        "状態": STATUS[row["status"]],
        "リターン": reward.code if reward else "",
        "リターン名": reward.title if reward else "",
        "数量": row["quantity"],
        "支援金額": row["unit_amount"],
        "上乗せ": row["extra"],
        "合計": row["total"],
        "お名前": row["name"],
        "フリガナ": row["kana"],
        "メール": row["email"],
        "電話番号": row["phone"],
        "郵便番号": row["postal_code"],
        "都道府県": row["region"],
        "市区町村": row["city"],
        "番地": row["line1"],
        "建物名": row["line2"],
        "国": COUNTRY[row["country"]],
        "応援コメント": row["comment"],
        "公開名": row["display_name"],
        "支払方法": METHOD[row["method"]],
        "入金日時": f"{row['paid_at']:%Y-%m-%d %H:%M:%S}" if row["paid_at"] else "",
        "手数料": fee,
        "純額": (row["total"] if row["paid_at"] else 0) - fee - row["refunded"],
        "返金額": row["refunded"],
        "メモ": row["memo"],
        **{one["label"]: answers.get(one["label"], "") for one in QUESTIONS},
    }


def guarded(cell):
    """Return what a CSV file holds of a text that a spreadsheet might take for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(SPACES).startswith(FORMULA) else cell


def geta(cell):
    """Return what CP932 can say of a text."""
    if not isinstance(cell, str):
        return cell
    return "".join(letter if letter.encode("cp932", "ignore") else "〓" for letter in cell)


def same_cells(shown, rows, rewards, form=lambda cell: cell):
    """Hold the rows that a spreadsheet shows against the database's."""
    header, *lines = shown
    assert tuple(header) == (*HEADER, *(one["label"] for one in QUESTIONS))
    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        cells = dict(zip(header, line + [""] * (len(header) - len(line)), strict=True))
        wanted = {name: form(cell) for name, cell in as_cells(row, rewards).items()}
        assert {name: cells[name] for name in wanted} == wanted, row["reference"]


def test_the_rows_say_what_pledge_ledger_and_parcel_say(site, backers):
    campaign, rewards, rows = backers(60)
    with site.inside(), backer_sheet(Wanted(campaign_id=campaign.id)) as sheet:
        found = [list(sheet.header), *sheet.rows]
        assert sheet.count == len(found) - 1
    same_cells(found, rows, rewards)
    shipping = [tuple(row[HEADER.index(name)] for name in HEADER[26:31]) for row in found[1:]]
    assert ("2027-05", "発送済み", "ヤマト運輸", "000000000002", "2026-05-31") in shipping
    assert {row[2] for row in shipping} == {"ヤマト運輸", "日本郵便", "ほかの方法", ""}
    assert {row[1] for row in shipping} == {"発送済み", "未発送", "発送不要", ""}
    for row in found[1:]:
        total, fee, net, back = (row[HEADER.index(name)] for name in ("合計", "手数料", "純額", "返金額"))
        assert total - fee - back == net or row[HEADER.index("入金日時")] == ""


@on_sqlite
def test_what_is_not_asked_for_is_not_in_the_file(site, backers, tmp_path):
    campaign, rewards, rows = backers(60)
    of_b = {row["reference"] for row in rows if row["reward_id"] == rewards[1].id and row["status"] == "paid"}
    wanted = Wanted(campaign_id=campaign.id, rewards=("B",), statuses=("paid",))
    with site.inside():
        written = export_to(tmp_path / "b.csv", wanted, "csv", left_out=frozenset({"メール", "受付番号"}))
    read = list(csv.DictReader(io.StringIO((tmp_path / "b.csv").read_text("utf-8-sig"), newline="")))
    assert {row["受付番号"] for row in read} == of_b
    assert written.count == len(of_b)
    assert "メール" not in read[0]


@on_sqlite
def test_an_answer_to_a_question_that_is_asked_no_longer_keeps_its_column(site, make):
    campaign = make.campaign()
    reward = make.reward(campaign, questions=[{"label": "今の質問"}])
    make.paid(campaign, reward, answers=[{"question": "前の質問", "answer": "前の回答"}])
    with site.inside(), backer_sheet(Wanted(campaign_id=campaign.id)) as sheet:
        assert sheet.header[-2:] == ("今の質問", "前の質問")
        assert next(sheet.rows)[-2:] == ["", "前の回答"]


@on_sqlite
def test_a_file_that_cannot_be_finished_leaves_the_one_before(site, backers, tmp_path):
    campaign, _rewards, _rows = backers(600)
    path = tmp_path / "list.csv"
    path.write_text("before")

    def stop(_done, _of):
        raise ZeroDivisionError

    with site.inside(), pytest.raises(ZeroDivisionError):
        export_to(path, Wanted(campaign_id=campaign.id), "csv", progress=stop)
    with site.inside(), pytest.raises(CannotExport, match="encoding"):
        export_to(path, Wanted(campaign_id=campaign.id), "xlsx", "cp932")
    assert path.read_text() == "before"
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".list")] == []


@pytest.fixture
def libreoffice():
    """Return what opens a file as a spreadsheet does."""
    if spreadsheet.program() is None:
        lacking("LibreOffice", spreadsheet.HOW_TO_GET)
    return spreadsheet.opened


@on_sqlite
def test_libreoffice_shows_the_cells_of_the_database_for_2000_difficult_supporters(
    site, backers, tmp_path, libreoffice
):
    campaign, rewards, rows = backers(2_000)
    wanted = Wanted(campaign_id=campaign.id)
    with site.inside():
        export_to(tmp_path / "list.xlsx", wanted, "xlsx")
        written = export_to(tmp_path / "list.csv", wanted, "csv", "cp932")
    same_cells(libreoffice(tmp_path / "list.xlsx", tmp_path), rows, rewards)
    same_cells(libreoffice(tmp_path / "list.csv", tmp_path, "cp932"), rows, rewards, lambda cell: geta(guarded(cell)))
    told = {(one.row, one.column): one.letters for one in written.replaced}
    for row in rows:
        for name, cell in as_cells(row, rewards).items():
            lost = "".join(dict.fromkeys(letter for letter in str(cell) if not letter.encode("cp932", "ignore")))
            assert told.pop((row["reference"], name), "") == lost
    assert not told

"""Receipts on paper. In Japanese in every language: they are documents for Japanese books and tax offices.

A paper is made from the receipt's own rows alone, and bears the day of its issue: the same paper comes again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from fundsite.pdf import Paper, Style, fitted, lines_of
from fundsite.receipts.models import DONATION, Receipt, ReceiptLine

LEFT, RIGHT = 24.0, 186.0
MIDDLE = (LEFT + RIGHT) / 2
TITLES = {"receipt": "領収書", DONATION: "寄附金受領証明書"}
SMALL, TINY, GREY = Style(9), Style(8, grey=90), 90
GREY_SEAL = 170
FIRST_PAGE, NEXT_PAGE = 12, 34  # lines of the table that a page holds
ROW = 7.2
TITLE_WIDTH = 45.0
COLUMNS = (  # heading, right edge of figures or left edge of words
    ("受領日", LEFT + 2),
    ("受付番号", LEFT + 27),
    ("プロジェクト", LEFT + 51),
    ("金額", LEFT + 118),
    ("うち寄附", LEFT + 140),
    ("うち対価", RIGHT - 2),
)
WORDS = 3  # so many columns hold words; those after them hold figures


@dataclass(frozen=True)
class Printed:
    """A receipt with its lines; `reissued_on` is the day of a paper that says 再発行."""

    receipt: Receipt
    lines: Sequence[ReceiptLine]
    reissued_on: date | None = None


def paper_of(printed: Sequence[Printed]) -> Paper:
    """Write receipts one after the other into one file."""
    first = printed[0].receipt
    made_at = datetime.combine(first.issued_on, time(), UTC)
    title = f"{TITLES[first.kind]} {first.label}" if len(printed) == 1 else TITLES[first.kind]
    paper = Paper(title, str(first.issuer.get("name", "")), made_at)
    for one in printed:
        _receipt(paper, one)
    return paper


def _receipt(paper: Paper, one: Printed) -> None:
    receipt, lines = one.receipt, one.lines
    paper.new_page()
    _head(paper, one)
    y = _recipient(paper, receipt, 62)
    y = _amount(paper, receipt, y + 6)
    y = _purpose(paper, receipt, lines, y + 5)
    y = _table(paper, receipt, lines[:FIRST_PAGE], y + 5, is_last=len(lines) <= FIRST_PAGE)
    _issuer(paper, receipt, max(y + 8, 218))
    rest = lines[FIRST_PAGE:]
    while rest:
        paper.new_page()
        paper.text(LEFT, 20, f"{TITLES[receipt.kind]} {receipt.label}（続き）", SMALL)
        _table(paper, receipt, rest[:NEXT_PAGE], 30, is_last=len(rest) <= NEXT_PAGE)
        rest = rest[NEXT_PAGE:]


def _head(paper: Paper, one: Printed) -> None:
    receipt = one.receipt
    paper.text_right(RIGHT, 18, f"番号　{receipt.label}", SMALL)
    paper.text_right(RIGHT, 23.5, f"発行日　{_day(receipt.issued_on)}", SMALL)
    if one.reissued_on:
        paper.box(LEFT, 17, 46, 11, weight=0.5)
        paper.text_centred(LEFT + 23, 18.2, "再発行", Style(11, bold=True))
        paper.text_centred(LEFT + 23, 23.6, _day(one.reissued_on), Style(7.5))
    if receipt.status == "void":
        paper.box(LEFT + 50, 17, 30, 11, weight=0.8)
        paper.text_centred(LEFT + 65, 19, "無　効", Style(14, bold=True))
    title = TITLES[receipt.kind]
    paper.text_centred(MIDDLE, 38, "　".join(title) if len(title) < 5 else " ".join(title), Style(22, bold=True))  # noqa: PLR2004


def _recipient(paper: Paper, receipt: Receipt, y: float) -> float:
    said = receipt.recipient
    if said["address"]:
        y = paper.paragraph(LEFT, y, said["address"], 110, SMALL, most=3) + 2
    name = f"{said['name']}　{said['honorific']}".strip()
    style = fitted(name, 120, Style(16), most=2)
    bottom = paper.paragraph(LEFT, y, name, 120, style, most=2)
    paper.rule(LEFT, bottom + 0.5, LEFT + 122, bottom + 0.5, weight=0.4, grey=0)
    return bottom


def _amount(paper: Paper, receipt: Receipt, y: float) -> float:
    paper.shade(LEFT, y, RIGHT - LEFT, 18)
    paper.text(LEFT + 6, y + 6.2, "金額" if receipt.kind != DONATION else "寄附金額", Style(11))
    shown = receipt.gift if receipt.kind == DONATION else receipt.total
    paper.text_centred(MIDDLE, y + 4.2, f"{money(shown, receipt.currency)}－", Style(22, bold=True))
    return y + 18


def _purpose(paper: Paper, receipt: Receipt, lines: Sequence[ReceiptLine], y: float) -> float:
    return paper.paragraph(LEFT, y, _sentence(receipt, lines), RIGHT - LEFT, Style(10, leading=1.7))


def _sentence(receipt: Receipt, lines: Sequence[ReceiptLine]) -> str:
    said = receipt.issuer
    if receipt.kind == DONATION:
        words = (
            f"上記の金額を、当法人の行う特定非営利活動に係る事業（{said['activities']}）に対する寄附金として、"
            "下記のとおり受領したことを証明します。"
        )
        if receipt.consideration:
            worth, total = money(receipt.consideration, receipt.currency), money(receipt.total, receipt.currency)
            words += f"受領した総額は{total}で、うちリターンの対価{worth}は寄附金に含みません。"
        return words
    titles = list(dict.fromkeys(line.campaign for line in lines))
    what = f"「{titles[0]}」" + ("ほか" if len(titles) > 1 else "")
    return f"但し、{what}へのご支援として。上記の金額を正に領収いたしました。"


def _table(paper: Paper, receipt: Receipt, lines: Sequence[ReceiptLine], y: float, *, is_last: bool) -> float:
    paper.rule(LEFT, y, RIGHT, y, weight=0.4, grey=0)
    for place, (heading, x) in enumerate(COLUMNS):
        (paper.text if place < WORDS else paper.text_right)(x, y + 1.8, heading, TINY)
    y += ROW
    paper.rule(LEFT, y, RIGHT, y)
    for line in lines:
        _row(paper, receipt, line, y + 1.7)
        y += ROW
        paper.rule(LEFT, y, RIGHT, y)
    if is_last:
        _figures(paper, y + 1.7, (receipt.total, receipt.gift, receipt.consideration), receipt.currency, bold=True)
        paper.text(LEFT + 2, y + 1.7, "合計", Style(9, bold=True))
        y += ROW
        paper.rule(LEFT, y, RIGHT, y, weight=0.4, grey=0)
    return y


def _row(paper: Paper, receipt: Receipt, line: ReceiptLine, y: float) -> None:
    paper.text(COLUMNS[0][1], y, f"{line.received_on:%Y/%m/%d}", SMALL)
    paper.text(COLUMNS[1][1], y, line.reference, SMALL)
    paper.text(COLUMNS[2][1], y, _shortened(line.campaign), SMALL)
    _figures(paper, y, (line.amount, line.gift, line.consideration), receipt.currency, bold=False)


def _shortened(title: str) -> str:
    """Return what of a title fits into its column; the whole of it is known by the reference."""
    lines = lines_of(title, TITLE_WIDTH, SMALL)
    return title if len(lines) == 1 else f"{lines[0]}…"


def _figures(paper: Paper, y: float, figures: Sequence[int], currency: str, *, bold: bool) -> None:
    for (_heading, x), figure in zip(COLUMNS[WORDS:], figures, strict=True):
        paper.text_right(x, y, money(figure, currency), Style(9, bold=bold))


def _issuer(paper: Paper, receipt: Receipt, y: float) -> None:
    said = receipt.issuer
    if said.get("note") and receipt.kind == DONATION:
        paper.paragraph(LEFT, y, said["note"], 72, Style(8, grey=GREY, leading=1.5), most=9)
    x, width = LEFT + 80, RIGHT - LEFT - 80
    name = fitted(said["name"], width - 22, Style(11, bold=True))
    name = name if name.size >= SMALL.size else Style(11, bold=True)
    bottom = paper.paragraph(x, y, said["name"], width - 22, name, most=2) + 1
    bottom = paper.paragraph(x, bottom, said["address"], width - 22, SMALL, most=3)
    for label, words in _about(receipt):
        paper.text(x, bottom, label, TINY)
        bottom = paper.paragraph(x + 26, bottom, words, width - 26, SMALL, most=2)
    paper.box(RIGHT - 20, y - 1, 20, 20, weight=0.2, grey=GREY_SEAL)
    paper.text_centred(RIGHT - 10, y + 7, "印", Style(9, grey=GREY_SEAL))


def _about(receipt: Receipt) -> list[tuple[str, str]]:
    said = receipt.issuer
    rows = [("代表者", "representative"), ("電話", "phone"), ("登録番号", "registration_number")]
    if receipt.kind == DONATION:
        rows += [("認定番号", "certification_number"), ("認定年月日", "certified_on"), ("所轄庁", "certified_by")]
    return [(label, said[key]) for label, key in rows if said.get(key)]


def money(amount: int, currency: str) -> str:
    """Write an amount as documents do."""
    return f"¥{amount:,}" if currency == "JPY" else f"{amount:,} {currency}"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"

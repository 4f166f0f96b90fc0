"""Papers for packing: what to take, and a slip for each parcel. In Japanese in every language, without addresses."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from fundsite.db import JsonObject
from fundsite.fulfilment.labels import Place
from fundsite.pdf import A4, Paper, Style

LEFT, RIGHT, TOP, BOTTOM = 18.0, 192.0, 18.0, 280.0
HEAD, BODY, BOLD, SMALL = Style(16, bold=True), Style(10), Style(11, bold=True), Style(8.5, grey=90)
ROW = 8.0
# What several answer in few short words is a kind of thing to take, such as a size, and names nobody.
FEW, SHORT, EACH, OTHER = 12, 12, 2, "ほか（納品書をご覧ください）"
ACROSS, DOWN, PADDING = 2, 4, 7.0
MOST_ANSWERS = 3


@dataclass(frozen=True)
class Pick:
    """A reward to take: how many parcels and pieces, and how many pieces of each kind, by question."""

    code: str
    title: str
    parcels: int
    pieces: int
    kinds: Sequence[tuple[str, Sequence[tuple[str, int]]]]


def picks(parcels: Iterable[JsonObject]) -> list[Pick]:
    """Add up what to take, in the order of the parcels' rewards."""
    rewards: dict[str, list[JsonObject]] = {}
    for to in parcels:
        rewards.setdefault(str(to["reward"]), []).append(to)
    return [
        Pick(code, _title(rows[0]), len(rows), sum(to["quantity"] for to in rows), list(_kinds(rows)))
        for code, rows in rewards.items()
    ]


def _title(to: JsonObject) -> str:
    return str(to.get("title", ""))


def _kinds(rows: Sequence[JsonObject]) -> Iterator[tuple[str, Sequence[tuple[str, int]]]]:
    """Count the pieces of each kind; what few have said is added up, for it may name somebody."""
    for question in dict.fromkeys(row["question"] for to in rows for row in to["answers"]):
        said = [(row["answer"], to["quantity"]) for to in rows for row in to["answers"] if row["question"] == question]
        often = Counter(answer for answer, _quantity in said)
        named = [answer for answer, count in often.most_common(FEW) if count >= EACH and len(answer) <= SHORT]
        pieces: Counter[str] = Counter()
        for answer, quantity in said:
            pieces[answer if answer in named else OTHER] += quantity
        if len(rows) >= EACH * sum(count for answer, count in often.items() if answer not in named):
            yield question, sorted(pieces.items(), key=lambda one: (one[0] == OTHER, -one[1], one[0]))


def pick_paper(parcels: Sequence[JsonObject], title: str, made_at: datetime) -> Paper:
    """Write the list of what to take."""
    paper = Paper(title, "", made_at)
    found = picks(parcels)
    y = _begun(paper, title, f"荷物 {len(parcels)}個　品物 {sum(pick.pieces for pick in found)}点")
    for pick in found:
        if y + ROW * (2 + len(pick.kinds)) > BOTTOM:
            y = _begun(paper, title, "")
        y = _pick(paper, pick, y)
    return paper


def _begun(paper: Paper, title: str, said: str) -> float:
    paper.new_page()
    paper.text(LEFT, TOP, title, HEAD)
    paper.text_right(RIGHT, TOP + 2, said, BODY)
    paper.rule(LEFT, TOP + 10, RIGHT, TOP + 10, weight=0.4, grey=0)
    return TOP + 14


def _pick(paper: Paper, pick: Pick, y: float) -> float:
    paper.box(LEFT, y + 0.8, 3.6, 3.6)
    below = paper.paragraph(LEFT + 8, y, f"{pick.code}　{pick.title}", 110, BOLD, 2)
    paper.text_right(RIGHT - 30, y, f"{pick.parcels}個口", BODY)
    paper.text_right(RIGHT, y - 0.6, f"{pick.pieces}点", Style(13, bold=True))
    y = below
    for question, kinds in pick.kinds:
        said = "　".join(f"{answer or '（回答なし）'} {count}点" for answer, count in kinds)
        y = paper.paragraph(LEFT + 8, y, f"{question}: {said}", RIGHT - LEFT - 8, BODY)
    paper.rule(LEFT, y + 2, RIGHT, y + 2)
    return y + 5


def slips_paper(parcels: Iterable[Place], title: str, made_at: datetime) -> Paper:
    """Write a slip for each parcel, eight to a page, with lines to cut along."""
    paper, page = Paper(title, "", made_at), -1
    width, height = A4[0] / ACROSS, A4[1] / DOWN
    for position, to in parcels:
        number = position - 1
        while page < number // (ACROSS * DOWN):
            paper.new_page()
            _cuts(paper, width, height)
            page += 1
        row, column = divmod(number % (ACROSS * DOWN), ACROSS)
        _slip(paper, column * width + PADDING, row * height + PADDING, width - 2 * PADDING, position, to)
    return paper


def _cuts(paper: Paper, width: float, height: float) -> None:
    for row in range(1, DOWN):
        paper.rule(0, row * height, A4[0], row * height)
    for column in range(1, ACROSS):
        paper.rule(column * width, 0, column * width, A4[1])


def _slip(paper: Paper, x: float, y: float, width: float, position: int, to: JsonObject) -> None:
    paper.text(x, y, f"受付番号 {to['reference']}", SMALL)
    paper.text_right(x + width, y, f"{position}", SMALL)
    y = paper.paragraph(x, y + 6, f"{to['name']} {to['honorific']}", width, Style(13, bold=True, leading=1.3), 2)
    paper.rule(x, y + 2, x + width, y + 2)
    y = paper.paragraph(x, y + 4, f"{to['reward']}　{_title(to)}", width - 16, BODY, 2)
    paper.text_right(x + width, y - BODY.line_height, f"{to['quantity']}点", BOLD)
    said = [row for row in to["answers"] if row["answer"]]
    for row in said[:MOST_ANSWERS]:
        y = paper.paragraph(x, y + 1, f"{row['question']}: {row['answer']}", width, BODY, 2)

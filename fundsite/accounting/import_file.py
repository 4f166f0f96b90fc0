"""A file of money that did not come through Stripe: each row understood, or what is wrong with it said beside it."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Any

from fundsite import clock, text
from fundsite.campaigns.models import Campaign
from fundsite.csv_upload import table_of
from fundsite.db import db
from fundsite.i18n import gettext as _
from fundsite.money import formatted
from fundsite.pledges.offline import Gift, known_attempts
from fundsite.rewards.models import Reward
from fundsite.rewards.service import rewards_of
from fundsite.settings import current_settings

# The header, in Japanese in every language: it is the form of a file. docs/interface.md says what each column takes.
DAY, AMOUNT, SOURCE, NUMBER = "受取日", "金額", "受取方法", "管理番号"
NAME, EMAIL, REWARD, QUANTITY, PUBLIC, COMMENT, MEMO = (
    *("お名前", "メール", "リターン", "数量", "公開名", "応援コメント", "メモ"),
)
COLUMNS = (DAY, AMOUNT, SOURCE, NAME, EMAIL, REWARD, QUANTITY, PUBLIC, COMMENT, MEMO, NUMBER)
NEEDED = (DAY, AMOUNT, SOURCE)
SOURCES = {"現金": "cash", "銀行振込": "bank", "振込": "bank", "その他": "other", "ほか": "other"}
SAMPLE = (
    (
        "2027-05-01",
        10000,
        "現金",
        "見本 花子",
        "hanako@example.jp",
        "",
        "",
        "はなこ",
        "応援しています。",
        "夏まつりの受付",
        "R-001",
    ),
    ("2027-05-02", 5000, "銀行振込", "見本 太郎", "", "", "", "", "", "", "R-002"),
    ("2027-05-03", 3210, "現金", "", "", "", "", "", "", "募金箱", "R-003"),
)
LONGEST, LONGEST_TEXT, MOST = 100, 500, 999_999_999
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")


@dataclass(frozen=True)
class Row:
    """A row of the file: what it says, and what is wrong with it. `known` means that it was entered before."""

    line: int
    cells: dict[str, str]
    gift: Gift | None
    problems: tuple[str, ...] = ()
    known: bool = False


@dataclass(frozen=True)
class Sheet:
    """A whole file."""

    rows: Sequence[Row]

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong with any row."""
        return not any(row.problems for row in self.rows)

    @property
    def gifts(self) -> list[Gift]:
        """What the rows say."""
        return [row.gift for row in self.rows if row.gift]

    @property
    def new(self) -> list[Gift]:
        """What was not entered before."""
        return [row.gift for row in self.rows if row.gift and not row.known]


def read_sheet(campaign: Campaign, content: str) -> Sheet:
    """Understand a file for a campaign; BadFile where it is no table. Nothing is written."""
    tiers = {reward.code: reward for reward in rewards_of(campaign.id)}
    rows = [_Reader(cells, tiers, campaign.currency).row(line) for line, cells in table_of(content, COLUMNS, NEEDED)]
    rows = _named(rows, campaign.id)
    known = known_attempts(db.session(), [row.gift for row in rows if row.gift])
    rows = [replace(row, known=bool(row.gift and row.gift.attempt in known)) for row in rows]
    return Sheet(_within_stock(rows, tiers))


class _Reader:
    """Understands one row, and gathers what is wrong with it."""

    def __init__(self, cells: dict[str, str], tiers: dict[str, Reward], currency: str) -> None:
        self.cells, self.tiers, self.currency = cells, tiers, currency
        self.problems: list[str] = []

    def row(self, line: int) -> Row:
        if "" in self.cells:
            return Row(line, self.cells, None, (_("見出しより右に値があります。"),))
        gift = Gift(
            attempt=self.cells.get(NUMBER, ""),
            source=self._parsed(
                SOURCE, lambda said: SOURCES[said], _("受取方法は、現金・銀行振込・その他のどれかです。")
            )
            or "",
            amount=self._parsed(AMOUNT, _at_least_one, _("金額は1以上の数字で入力してください。")) or 0,
            received_on=self._day() or date.min,
            reward_code=self._reward(),
            quantity=self._parsed(QUANTITY, _at_least_one, _("数量は1以上の数字で入力してください。"), needed=False)
            or 1,
            name=self._line(NAME),
            email=self._parsed(EMAIL, text.email, _("メールアドレスの形が正しくありません。"), needed=False) or "",
            display_name=self._line(PUBLIC),
            comment=self._line(COMMENT, LONGEST_TEXT),
            memo=self._line(MEMO, LONGEST_TEXT),
        )
        self._check_price(gift)
        return Row(line, self.cells, None if self.problems else gift, tuple(self.problems))

    def _parsed(self, name: str, parse: Callable[[str], Any], complaint: str, *, needed: bool = True) -> Any:
        said = unicodedata.normalize("NFKC", self.cells.get(name, "")).strip()
        if not said and not needed:
            return None
        try:
            return parse(said)
        except (ValueError, LookupError):
            self.problems.append(complaint)
            return None

    def _line(self, name: str, most: int = LONGEST) -> str:
        said = text.line(self.cells.get(name, ""))
        if len(said) > most:
            self.problems.append(_("「%(name)s」は%(max)d文字以内で入力してください。") % {"name": name, "max": most})
        return said

    def _day(self) -> date | None:
        found = self._parsed(DAY, _day_of, _("受取日は 2027-05-01 のように入力してください。"))
        if found and found > clock.local_day(clock.now(), current_settings().timezone):
            self.problems.append(_("受取日は、今日までの日付にしてください。"))
        return found if isinstance(found, date) else None

    def _reward(self) -> str:
        code = unicodedata.normalize("NFKC", self.cells.get(REWARD, "")).strip().upper()
        if code and code not in self.tiers:
            self.problems.append(_("リターン「%(code)s」はありません。") % {"code": code})
        return code

    def _check_price(self, gift: Gift) -> None:
        tier = self.tiers.get(gift.reward_code)
        if tier and gift.amount and gift.amount < tier.amount * gift.quantity:
            price = formatted(tier.amount * gift.quantity, self.currency)
            said = {"code": tier.code, "price": price}
            self.problems.append(_("リターン%(code)sには%(price)s以上が必要です。") % said)


def _at_least_one(said: str) -> int:
    number = text.whole_number(said)
    if not 1 <= number <= MOST:
        raise ValueError(said)
    return number


def _day_of(said: str) -> date:
    found = _DAY.fullmatch(said)
    if found is None:
        raise ValueError(said)
    return date(*map(int, found.groups()))


def _named(rows: list[Row], campaign_id: int) -> list[Row]:
    """Name each row by its own number, or else by what it says and how often that was said before."""
    seen: Counter[str] = Counter()
    named = []
    for row in rows:
        if row.gift is None:
            named.append(row)
            continue
        said = row.gift.attempt or sha256(repr(row.gift).encode()).hexdigest()
        seen[said] += 1
        if row.gift.attempt and seen[said] > 1:
            named.append(
                replace(row, gift=None, problems=(_("管理番号「%(number)s」が2回あります。") % {"number": said},))
            )
            continue
        kind = "number" if row.gift.attempt else f"row:{seen[said]}"
        named.append(replace(row, gift=replace(row.gift, attempt=f"import:{campaign_id}:{kind}:{said}")))
    return named


def _within_stock(rows: list[Row], tiers: dict[str, Reward]) -> list[Row]:
    """Complain of the rows that take more than is left."""
    taken: Counter[str] = Counter()
    held = []
    for row in rows:
        gift, tier = row.gift, tiers.get(row.gift.reward_code) if row.gift else None
        if gift and tier and not row.known:
            taken[tier.code] += gift.quantity
            if tier.remaining is not None and taken[tier.code] > tier.remaining:
                said = {"code": tier.code, "count": tier.remaining}
                problem = _("リターン%(code)sの在庫は残り%(count)sです。") % said
                held.append(replace(row, problems=(*row.problems, problem)))
                continue
        held.append(row)
    return held

"""Many supporters with names and addresses on which spreadsheets stumble, and all that a row of theirs can hold."""

import random
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from fundsite import clock
from fundsite.books.models import LedgerEntry
from fundsite.db import transaction
from fundsite.fulfilment.models import Obligation, Shipment
from fundsite.pledges.models import Pledge

TOKYO = ZoneInfo("Asia/Tokyo")
BEGAN = datetime(2026, 5, 1, 9, 0, tzinfo=TOKYO)
QUESTIONS = ({"label": "サイズ"}, {"label": "お名前の彫り方（10文字まで）"})

NAMES = (
    *(
        "髙橋 花子",
        "𠮷田 太郎",
        "ﾔﾏﾀﾞ ﾊﾅｺ",
        "O'Brien",
        "=1+1",
        "'=1+1",
        "+81",
        "-5",
        "@SUM(A1)",
        "００７",
        "0012",
        "1-2-3",
    ),
    *(
        "＝合計",
        '"引用" さん',
        "a,b;c\td",
        " 空白 ",
        "TRUE",
        "1E5",
        "2026-05-01",
        '=HYPERLINK("http://x")',
        "é♡한",
        "—",
    ),
    *("<r>太字</r>", "<b>&amp;</b>", "_x0041_", "NULL", "#REF!", "渡邉　一", "㈱見本", "①号", "🍚ごはん"),
)
COMMENTS = (
    "応援しています。",
    "",
    "一行目\n二行目\n\n四行目",
    "=cmd|' /C calc'!A0",
    "-\n-",
    '「引用」と,コンマ\nと"引用符"',
    "　全角の空白で始まる",
    "長い。" * 300,
)
STREETS = ("見本町1-2-3", "0123", "あ" * 60, "1-2", "=見本", "大字見本字見本1番地の2\u3000見本荘")
PLACES = (("見本県", "見本市"), ("東京都", "千代田区"), ("北海道", "札幌市"), ("", ""))


def pledge_row(number, campaign, rewards, dice):
    """Return one pledge as a row; the same dice give the same supporter."""
    reward = dice.choice([*rewards, None])
    region, city = dice.choice(PLACES)
    at = BEGAN + timedelta(minutes=number)
    status = dice.choices(("paid", "refunded", "waiting"), (8, 1, 1))[0]
    paid = status != "waiting"
    extra = dice.choice((0, 500)) if reward else 3_000
    total = (reward.amount if reward else 0) + extra
    return {
        "id": number,
        "reference": f"{number:08}"[:4] + "-" + f"{number:08}"[4:],
        "attempt": f"backer-{number}",
        "token_hash": f"backer-{number}",
        "campaign_id": campaign.id,
        "reward_id": reward.id if reward else None,
        "status": status,
        "counted": status == "paid",
        "holds_stock": reward is not None,
        "method": dice.choice(("card", "konbini")),
        "currency": "JPY",
        "unit_amount": reward.amount if reward else 0,
        "quantity": 1 if reward else 0,
        "extra": extra,
        "total": total,
        "refunded": total if status == "refunded" else 0,
        "email": f"{dice.choice('abc')}.o'b+{number}@example.jp",
        "name": f"{dice.choice(NAMES)}{dice.choice(('', ' ', '子'))}".rstrip()
        if dice.random() < 0.8
        else dice.choice(NAMES),
        "kana": dice.choice(("タカハシ ハナコ", "", "ヤマダ")),
        "phone": dice.choice(("09012345678", "03-1234-5678", "+81-3-1234-5678", "")),
        "postal_code": dice.choice(("001-0001", "123-4567", "")),
        "region": region,
        "city": city,
        "line1": dice.choice(STREETS),
        "line2": dice.choice(("", "101", "見本ビル3F")),
        "country": dice.choice(("JP", "JP", "US")) if region else "",
        "answers": [{"question": one["label"], "answer": dice.choice(NAMES)} for one in reward.questions]
        if reward
        else [],
        "comment": dice.choice(COMMENTS),
        "display_name": dice.choice(NAMES),
        "memo": dice.choice(("", "=1+1", "電話済み\n折り返し待ち")),
        "created_at": at,
        "hold_until": at,
        "next_look_at": at,
        "paid_at": at + timedelta(minutes=1) if paid else None,
        "counted_at": at + timedelta(minutes=1) if paid else None,
    }


def entries_of(row):
    """Return what the ledger holds of a pledge."""
    moves = [] if row["paid_at"] is None else [("charge", row["total"]), ("fee", -(row["total"] * 36 // 1000))]
    if row["refunded"]:
        moves.append(("refund", -row["refunded"]))
    return [
        {
            "campaign_id": row["campaign_id"],
            "pledge_id": row["id"],
            "reference": row["reference"],
            "kind": kind,
            "source": f"{kind}-{row['id']}",
            "amount": amount,
            "currency": "JPY",
            "occurred_at": row["paid_at"],
            "recorded_at": row["paid_at"],
        }
        for kind, amount in moves
    ]


def shipping_of(rows, first_owed=1):
    """Return what is owed to some, and what went out to every other of these."""
    owed, sent = [], []
    for row in rows:
        if row["reward_id"] and row["status"] != "waiting":
            number = first_owed + len(owed)
            shipped = row["status"] == "paid" and number % 2 == 0
            status = "shipped" if shipped else "owed" if row["status"] == "paid" else "void"
            owed.append(
                {
                    "id": number,
                    "pledge_id": row["id"],
                    "reward_id": row["reward_id"],
                    "quantity": 1,
                    "due_month": date(2027, 5, 1),
                    "status": status,
                    "created_at": row["created_at"],
                }
            )
            if shipped:
                sent.append(
                    {
                        "obligation_id": number,
                        "carrier": ("yamato", "japanpost", "other")[(number // 2 - 1) % 3],
                        "tracking_number": f"0{number:011}",
                        "shipped_at": BEGAN + timedelta(days=30),
                        "recorded_at": clock.now(),
                    }
                )
    return owed, sent


def write_backers(site, campaign, rewards, count, seed=1):
    """Write so many supporters behind the product's back; return their pledges as rows."""
    dice = random.Random(seed)  # noqa: S311 - the same supporters each time
    everybody = []
    for start in range(1, count + 1, 5_000):
        rows = [pledge_row(number, campaign, rewards, dice) for number in range(start, min(start + 5_000, count + 1))]
        owed, sent = shipping_of(rows, first_owed=start)
        with site.inside(), transaction() as session:
            session.execute(insert(Pledge), rows)
            session.execute(insert(LedgerEntry), [entry for row in rows for entry in entries_of(row)])
            session.execute(insert(Obligation), owed)
            session.execute(insert(Shipment), sent)
        everybody += rows
    return everybody

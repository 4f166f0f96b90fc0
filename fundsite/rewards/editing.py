"""Editing rewards. A promise that somebody counts on is changed only knowingly, and what it said is kept."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fundsite import audit, clock
from fundsite.campaigns.editing import ChangedMeanwhile, EditRefused, locked, stored_pictures
from fundsite.campaigns.render import Values, named
from fundsite.campaigns.sections import version_of
from fundsite.db import db, transaction
from fundsite.errors import FundsiteError
from fundsite.i18n import gettext as _
from fundsite.rewards.models import Reward, RewardPromise
from fundsite.rewards.render import body_values

PROMISE = ("title", "amount", "body", "fulfilment_month", "shipping")
FIELDS = (*PROMISE, "stock", "per_backer", "consideration", "questions")


class PromiseAtStake(FundsiteError):
    """What would change is what `chosen` backers were promised; it must be confirmed."""

    def __init__(self, chosen: int, fields: Sequence[str]) -> None:
        super().__init__(", ".join(fields))
        self.chosen, self.fields = chosen, fields


class NoSuchReward(FundsiteError):
    """The campaign has no such reward."""


def values_of(reward: Reward) -> Values:
    """Return what is edited of a reward."""
    return {**{name: getattr(reward, name) for name in FIELDS}, "image": reward.image["name"] if reward.image else ""}


def next_code(rewards: Sequence[Reward]) -> str:
    """Return a code that no reward has yet: A, B, … and then numbers."""
    taken = {reward.code for reward in rewards}
    letters = [chr(code) for code in range(ord("A"), ord("Z") + 1)]
    return next(code for code in [*letters, *(f"R{number}" for number in range(1, 1000))] if code not in taken)


def promises_of(reward_id: int) -> list[RewardPromise]:
    """Return what a reward promised before, the newest first."""
    rows = select(RewardPromise).where(RewardPromise.reward_id == reward_id).order_by(RewardPromise.id.desc())
    return list(db.session.scalars(rows))


def add_reward(campaign_id: int, code: str, values: Values, staff_id: int) -> None:
    """Add a reward at the end. EditRefused where the code is taken."""
    ready = _ready(campaign_id, code, values)
    with transaction() as session:
        locked(session, campaign_id)
        if session.scalar(select(Reward.id).where(Reward.campaign_id == campaign_id, Reward.code == code)):
            raise EditRefused("code", _("この記号は、ほかのリターンで使われています。"))
        last = session.scalar(select(func.max(Reward.position)).where(Reward.campaign_id == campaign_id))
        reward = Reward(campaign_id=campaign_id, code=code, position=0 if last is None else last + 1, **ready)
        session.add(reward)
        session.flush()
        audit.record(session, staff_id, "reward.add", "reward", reward.id, code=code)


def _ready(campaign_id: int, code: str, values: Values) -> Values:
    stored = stored_pictures(campaign_id)
    if values["image"] and values["image"] not in stored:
        raise EditRefused("image", _("その画像は見つかりませんでした。"))
    if values["consideration"] > values["amount"]:
        raise EditRefused("consideration", _("対価にあたる額は、リターンの金額以下にしてください。"))
    return {**values, **body_values(code, values["body"], stored), "image": named(values["image"], stored)}


def change_reward(
    campaign_id: int, code: str, version: str, values: Values, staff_id: int, *, confirmed_for: int | None = None
) -> None:
    """Change a reward.

    ChangedMeanwhile if it is no longer what `version` marks. EditRefused for a stock under what is claimed.
    PromiseAtStake if somebody chose it and the promise would change, unless just that was confirmed for as many as
    chose it by now; the promise as it was is kept then.
    """
    ready = _ready(campaign_id, code, values)
    with transaction() as session:
        reward = _held(session, campaign_id, code)
        before = values_of(reward)
        if version_of(before) != version:
            raise ChangedMeanwhile(before)
        changed = [name for name in (*FIELDS, "image") if before[name] != values[name]]
        _guard_stock(reward, values["stock"])
        promised = [name for name in PROMISE if name in changed]
        if promised and reward.claimed:
            if confirmed_for != reward.claimed:
                raise PromiseAtStake(reward.claimed, promised)
            session.add(promise_of(reward))
        for name, value in ready.items():
            if getattr(reward, name) != value:
                setattr(reward, name, value)
        if changed:
            audit.record(
                session,
                staff_id,
                "reward.change",
                "reward",
                reward.id,
                code=code,
                fields=changed,
                chosen=reward.claimed,
            )


def _held(session: Session, campaign_id: int, code: str) -> Reward:
    wanted = select(Reward).where(Reward.campaign_id == campaign_id, Reward.code == code).with_for_update()
    reward = session.scalars(wanted).one_or_none()
    if reward is None:
        raise NoSuchReward(code)
    return reward


def _guard_stock(reward: Reward, stock: int | None) -> None:
    if stock is not None and stock < reward.claimed:
        said = _("すでに%(claimed)d個のお申し込みがあります。%(claimed)d以上にしてください。")
        raise EditRefused("stock", said % {"claimed": reward.claimed})


def promise_of(reward: Reward) -> RewardPromise:
    """Return what a tier promises now as the row that keeps it, before something else is promised."""
    kept = {name: getattr(reward, name) for name in PROMISE}
    return RewardPromise(reward_id=reward.id, chosen=reward.claimed, replaced_at=clock.now(), **kept)


def arrange(campaign_id: int, codes: Sequence[str], staff_id: int) -> None:
    """Put a campaign's rewards in this order; those that are not named follow in the order they had."""
    with transaction() as session:
        locked(session, campaign_id)
        rows = session.scalars(select(Reward).where(Reward.campaign_id == campaign_id).order_by(Reward.position))
        wanted = {code: place for place, code in enumerate(codes)}
        rewards = sorted(rows, key=lambda row: wanted.get(row.code, len(wanted) + row.position))
        moved = False
        for position, reward in enumerate(rewards):
            moved = moved or reward.position != position
            reward.position = position
        if moved:
            order = [reward.code for reward in rewards]
            audit.record(session, staff_id, "reward.arrange", "campaign", campaign_id, order=order)


def move(campaign_id: int, code: str, by: int, staff_id: int) -> None:
    """Move one reward by one place."""
    rows = select(Reward.code).where(Reward.campaign_id == campaign_id).order_by(Reward.position)
    codes = list(db.session.scalars(rows))
    if code in codes:
        place = codes.index(code)
        codes.insert(max(place + by, 0), codes.pop(place))
        arrange(campaign_id, codes, staff_id)


def remove_reward(campaign_id: int, code: str, staff_id: int) -> None:
    """Remove a reward. EditRefused if anybody ever chose it: their pledge refers to it."""
    try:
        with transaction() as session:
            reward = _held(session, campaign_id, code)
            if reward.claimed:
                raise EditRefused("code", _("お申し込みのあるリターンは削除できません。"))
            audit.record(session, staff_id, "reward.remove", "reward", reward.id, code=code)
            session.delete(reward)
    except IntegrityError:
        raise EditRefused("code", _("お申し込みの記録があるリターンは削除できません。")) from None

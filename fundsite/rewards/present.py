"""Reward tiers as pages show them."""

from dataclasses import dataclass
from datetime import date

from fundsite import pictures
from fundsite.media import Picture
from fundsite.rewards.models import Reward


@dataclass(frozen=True)
class RewardCard:
    """A reward tier as backers see it. `stock` and `remaining` are None where there is no limit."""

    code: str
    title: str
    amount: int
    body_html: str
    image: Picture | None
    pledged: int
    stock: int | None
    remaining: int | None
    fulfilment_month: date | None
    shipping: str
    can_be_chosen: bool

    @property
    def sold_out(self) -> bool:
        """Whether nothing is left to choose."""
        return self.remaining == 0


def card_of(reward: Reward, *, accepts_pledges: bool) -> RewardCard:
    """Show a tier; it can be chosen while the campaign takes pledges and something is left."""
    return RewardCard(
        code=reward.code,
        title=reward.title,
        amount=reward.amount,
        body_html=reward.body_html,
        image=pictures.picture_of(reward.image, ""),
        pledged=reward.pledged,
        stock=reward.stock,
        remaining=reward.remaining,
        fulfilment_month=reward.fulfilment_month,
        shipping=reward.shipping,
        can_be_chosen=accepts_pledges and reward.remaining != 0,
    )

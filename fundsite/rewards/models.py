"""Tables of reward tiers and of what they once promised."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from fundsite.db import Base, JsonObject, JsonRows, Money


class Reward(Base):
    """A tier. `claimed` counts what is held or paid (it bounds the stock), `pledged` what is paid (申込数)."""

    __tablename__ = "reward"
    __table_args__ = (
        UniqueConstraint("campaign_id", "code"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("stock IS NULL OR stock >= 0", name="stock_not_negative"),
        CheckConstraint("claimed >= 0 AND (stock IS NULL OR claimed <= stock)", name="claimed_within_stock"),
        CheckConstraint("pledged >= 0 AND pledged <= claimed", name="pledged_within_claimed"),
        CheckConstraint("per_backer IS NULL OR per_backer > 0", name="per_backer_positive"),
        CheckConstraint("shipping IN ('none', 'japan', 'worldwide')", name="shipping_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    code: Mapped[str]
    position: Mapped[int]
    title: Mapped[str]
    amount: Mapped[Money]
    consideration: Mapped[Money] = mapped_column(default=0, server_default="0")  # what of it pays for the reward
    body: Mapped[str] = mapped_column(default="")
    body_html: Mapped[str] = mapped_column(default="")
    image: Mapped[JsonObject | None]
    stock: Mapped[int | None]
    claimed: Mapped[int] = mapped_column(default=0)
    pledged: Mapped[int] = mapped_column(default=0)
    fulfilment_month: Mapped[date | None]
    shipping: Mapped[str] = mapped_column(default="none")
    per_backer: Mapped[int | None]
    questions: Mapped[JsonRows] = mapped_column(default=list)
    # Whether the public page says how much of it has gone out.
    shows_shipped: Mapped[bool] = mapped_column(default=False, server_default=false())

    @property
    def remaining(self) -> int | None:
        """What can still be chosen; None where there is no limit."""
        return None if self.stock is None else self.stock - self.claimed

    @property
    def is_shipped(self) -> bool:
        """Whether an address is needed."""
        return self.shipping != "none"


class RewardPromise(Base):
    """What a tier promised until `replaced_at`, to those who had chosen it by then. Never changed."""

    __tablename__ = "reward_promise"
    __table_args__ = (CheckConstraint("chosen > 0", name="somebody_chose_it"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reward_id: Mapped[int] = mapped_column(ForeignKey("reward.id", ondelete="CASCADE"), index=True)
    title: Mapped[str]
    amount: Mapped[Money]
    body: Mapped[str]
    fulfilment_month: Mapped[date | None]
    shipping: Mapped[str]
    chosen: Mapped[int]
    replaced_at: Mapped[datetime]

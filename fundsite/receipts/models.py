"""Tables of the receipts. What a receipt says is kept as it was when it was issued, so that it can be printed again."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from fundsite.db import Base, JsonObject, Money, only_where

RECEIPT, DONATION = "receipt", "donation"
KINDS = (RECEIPT, DONATION)
HONORIFICS = ("様", "御中", "殿", "")
PLEDGE, SUPPORTER = "pledge", "supporter"


class ReceiptNumber(Base):
    """The last number that was given in a year. Whoever takes the next holds this row until the receipt stands."""

    __tablename__ = "receipt_number"
    __table_args__ = (UniqueConstraint("kind", "year"), CheckConstraint("last >= 0", name="last_not_negative"))

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    year: Mapped[int]
    last: Mapped[int] = mapped_column(default=0)


class Receipt(Base):
    """One receipt. A void one keeps its number and stays in the list; `printed` counts the reissues.

    `recipient` and `issuer` are what stands on the paper, as both were known on the day of issue.
    """

    __tablename__ = "receipt"
    __table_args__ = (
        UniqueConstraint("kind", "year", "number"),
        CheckConstraint(f"kind IN {KINDS}", name="kind_known"),
        CheckConstraint("status IN ('issued', 'void')", name="status_known"),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("gift >= 0 AND consideration >= 0", name="parts_not_negative"),
        CheckConstraint("total > 0 AND total = gift + consideration", name="total_is_the_sum"),
        CheckConstraint("kind <> 'donation' OR gift > 0", name="donation_is_a_gift"),
        CheckConstraint("(status = 'void') = (voided_at IS NOT NULL)", name="void_has_its_time"),
        CheckConstraint("status <> 'void' OR void_reason <> ''", name="void_has_its_reason"),
        Index("ix_receipt_run", "run_id", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    year: Mapped[int]
    number: Mapped[int]
    status: Mapped[str] = mapped_column(default="issued")
    currency: Mapped[str]
    total: Mapped[Money]
    gift: Mapped[Money]
    consideration: Mapped[Money]
    recipient: Mapped[JsonObject]  # name honorific address
    issuer: Mapped[JsonObject]
    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledge.id"), index=True)  # to whose room and address it goes
    run_id: Mapped[int | None] = mapped_column(ForeignKey("receipt_run.id"))
    issued_on: Mapped[date]
    issued_at: Mapped[datetime]
    issued_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    void_reason: Mapped[str] = mapped_column(default="", server_default="")
    voided_at: Mapped[datetime | None]
    voided_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    @property
    def label(self) -> str:
        """How the number is written: R2026-00012, D2026-00012."""
        return f"{'D' if self.kind == DONATION else 'R'}{self.year}-{self.number:05}"


class ReceiptLine(Base):
    """One payment on a receipt. The same money stands on one receipt that is not void, and on no other."""

    __tablename__ = "receipt_line"
    __table_args__ = (
        UniqueConstraint("receipt_id", "position"),
        CheckConstraint("amount > 0 AND amount = gift + consideration", name="amount_is_the_sum"),
        CheckConstraint("gift >= 0 AND consideration >= 0", name="parts_not_negative"),
        Index("uq_receipt_line_live", "entry_id", unique=True, **only_where("live")),
        Index("ix_receipt_line_pledge", "pledge_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    receipt_id: Mapped[int] = mapped_column(ForeignKey("receipt.id"))
    position: Mapped[int]
    live: Mapped[bool] = mapped_column(default=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entry.id"))
    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledge.id"))
    reference: Mapped[str]
    campaign: Mapped[str]
    received_on: Mapped[date]
    amount: Mapped[Money]
    gift: Mapped[Money]
    consideration: Mapped[Money]


class ReceiptReissue(Base):
    """One more paper of a receipt, which says 再発行 and when."""

    __tablename__ = "receipt_reissue"
    __table_args__ = (UniqueConstraint("receipt_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    receipt_id: Mapped[int] = mapped_column(ForeignKey("receipt.id"))
    position: Mapped[int]
    reissued_on: Mapped[date]
    reissued_at: Mapped[datetime]
    reissued_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class Addressee(Base):
    """To whom a pledge's receipt is made out, where that is not who pledged, such as 法人名義."""

    __tablename__ = "receipt_addressee"

    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledge.id"), primary_key=True)
    name: Mapped[str]
    honorific: Mapped[str]
    address: Mapped[str] = mapped_column(default="")
    changed_at: Mapped[datetime]


class ReceiptRun(Base):
    """Many receipts at once, issued by the worker: `after_id` is the last pledge that it has looked at."""

    __tablename__ = "receipt_run"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind_known"),
        CheckConstraint(f"per IN {(PLEDGE, SUPPORTER)}", name="per_known"),
        CheckConstraint("from_on <= to_on", name="days_in_order"),
        Index("ix_receipt_run_open", "id", **only_where("done_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt: Mapped[str] = mapped_column(unique=True)  # what makes two clicks one run
    kind: Mapped[str]
    per: Mapped[str]
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"))
    from_on: Mapped[date]
    to_on: Mapped[date]
    sends_mail: Mapped[bool]
    after_id: Mapped[int] = mapped_column(default=0)
    left_out: Mapped[int] = mapped_column(default=0)
    asked_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    asked_at: Mapped[datetime]
    done_at: Mapped[datetime | None]

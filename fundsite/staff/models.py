"""The tables of staff accounts, of what opens them, and of what keeps others out."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from fundsite.access import ROLES
from fundsite.db import Base, only_where

THE_ONE = 1


class Staff(Base):
    """A person of the organisation. The password is kept as an argon2 hash, the secret of the codes encrypted."""

    __tablename__ = "staff"
    __table_args__ = (CheckConstraint(f"role IN {ROLES}", name="role_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(default="")
    role: Mapped[str]
    password_hash: Mapped[str]
    totp_secret: Mapped[str | None]
    totp_last_step: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class StaffSession(Base):
    """A browser in which somebody of staff is signed in. The cookie's token is kept as its hash only."""

    __tablename__ = "staff_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    agent: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """One way in without the telephone, good for one time; kept as a keyed hash only."""

    __tablename__ = "staff_recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    code_hash: Mapped[str] = mapped_column(unique=True)
    used_at: Mapped[datetime | None]


class Passkey(Base):
    """A telephone, computer or security key that lets its owner in. What is kept of it opens nothing by itself."""

    __tablename__ = "staff_passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    credential_id: Mapped[str] = mapped_column(unique=True)
    user_handle: Mapped[bytes]
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(BigInteger)
    label: Mapped[str]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SpentChallenge(Base):
    """A challenge that a passkey has answered: it is answered once. Kept for as long as it would be good."""

    __tablename__ = "staff_spent_challenge"

    challenge_hash: Mapped[str] = mapped_column(primary_key=True)
    spent_at: Mapped[datetime] = mapped_column(index=True)


class PasswordReset(Base):
    """A mailed way to a new password. The link is made from SECRET_KEY and the nonce; its hash is kept."""

    __tablename__ = "staff_password_reset"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    nonce: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Invitation(Base):
    """A mailed way to an account of one's own; one open invitation an address."""

    __tablename__ = "staff_invitation"
    __table_args__ = (
        CheckConstraint(f"role IN {ROLES}", name="role_known"),
        Index(
            "uq_staff_invitation_open",
            "email",
            unique=True,
            **only_where("accepted_at IS NULL AND withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    role: Mapped[str]
    invited_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    nonce: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class Tries(Base):
    """How often somebody failed lately. `key` is a keyed hash of who tried what from where: no address is kept."""

    __tablename__ = "staff_tries"

    key: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)
    pause_until: Mapped[datetime | None]


class StaffRules(Base):
    """What the owner decided for everybody: one row, or none before the first decision."""

    __tablename__ = "staff_rules"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=THE_ONE)
    codes_required: Mapped[bool] = mapped_column(default=False)

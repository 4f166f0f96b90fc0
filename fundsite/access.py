"""Who may call a view, by declaration: everybody, or some roles of staff. One that declares nothing is refused."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import g
from flask.typing import ResponseReturnValue

OWNER, EDITOR, FULFILMENT, ACCOUNTANT = "owner", "editor", "fulfilment", "accountant"
ROLES = (OWNER, EDITOR, FULFILMENT, ACCOUNTANT)
PUBLIC = "public"

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])


@dataclass(frozen=True)
class StaffMember:
    """The person of staff who makes this request."""

    id: int
    name: str
    email: str
    role: str
    session_id: int
    lacks_codes: bool = False  # everybody is asked for a code, and this person has not set it up


def public(view: View) -> View:
    """Declare that anybody may call this view."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def for_roles(*roles: str) -> Callable[[View], View]:
    """Declare which roles of staff may call this view; without any, all of them. The owner always may."""
    unknown = set(roles) - set(ROLES)
    if unknown:
        raise ValueError(f"unknown roles: {unknown}")

    def declared(view: View) -> View:
        view.access = frozenset(roles or ROLES) | {OWNER}  # type: ignore[attr-defined]
        return view

    return declared


def takes_up_to(size: int) -> Callable[[View], View]:
    """Declare that this view takes requests of `size` bytes, such as pictures; others take what the app allows."""

    def declared(view: View) -> View:
        view.largest_request = size  # type: ignore[attr-defined]
        return view

    return declared


def acting_staff() -> StaffMember:
    """Return who of staff makes this request; only where a view is for roles."""
    found: StaffMember = g.staff
    return found

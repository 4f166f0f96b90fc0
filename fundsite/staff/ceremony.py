"""What passkeys say and are asked, in the words of WebAuthn; the only module that knows the webauthn library.

A passkey belongs to the host of SITE_URL, and its answers count only from pages of that very origin.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    options_to_json_dict,
    parse_authentication_credential_json,
)
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from fundsite.settings import current_settings
from fundsite.site import current_site
from fundsite.staff.errors import WrongPasskey

ANSWER_SECONDS = 5 * 60
LONGEST_ANSWER = 16_000
USUAL_PORT = {"http": 80, "https": 443}
# It holds whose it is, so nobody types an address; and it is opened by finger, face or PIN, so no code is asked for.
SELECTION = AuthenticatorSelectionCriteria(
    resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
)


@dataclass(frozen=True)
class Made:
    """A passkey that was just made."""

    credential_id: str
    public_key: bytes
    sign_count: int


@dataclass(frozen=True)
class Claim:
    """Which passkey an answer says it comes from, and whose: nothing of it is proved."""

    credential_id: str
    user_handle: bytes


def _host() -> str:
    return current_settings().host.encode("idna").decode()


def origin() -> str:
    """Return the site's origin as browsers write it."""
    parts = urlsplit(current_settings().site_url)
    port = f":{parts.port}" if parts.port and parts.port != USUAL_PORT[parts.scheme] else ""
    host = f"[{_host()}]" if ":" in _host() else _host()
    return f"{parts.scheme}://{host}{port}"


def creation_options(
    challenge: bytes, user_handle: bytes, email: str, name: str, known: Iterable[str]
) -> dict[str, Any]:
    """Return what a browser is given to make a passkey; one that is known already makes no other."""
    return options_to_json_dict(
        generate_registration_options(
            rp_id=_host(),
            rp_name=current_site().name,
            user_id=user_handle,
            user_name=email,
            user_display_name=name,
            challenge=challenge,
            timeout=ANSWER_SECONDS * 1000,
            authenticator_selection=SELECTION,
            exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in known],
        )
    )


def request_options(challenge: bytes) -> dict[str, Any]:
    """Return what a browser is given to ask for any passkey of this site."""
    return options_to_json_dict(
        generate_authentication_options(
            rp_id=_host(),
            challenge=challenge,
            timeout=ANSWER_SECONDS * 1000,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


@contextmanager
def _judging(answer: str) -> Iterator[None]:
    """Whatever breaks over somebody's bytes, they are no passkey's answer."""
    if len(answer) > LONGEST_ANSWER:
        raise WrongPasskey("far too long")
    try:
        yield
    except Exception as broken:
        raise WrongPasskey("no answer of a passkey to this") from broken


def made(answer: str, challenge: bytes) -> Made:
    """Return the passkey that an answer tells of; WrongPasskey if it is not one made here, for this challenge."""
    with _judging(answer):
        found = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_host(),
            expected_origin=origin(),
            require_user_verification=True,
        )
        return Made(bytes_to_base64url(found.credential_id), found.credential_public_key, found.sign_count)


def claimed(answer: str) -> Claim:
    """Return which passkey an answer names; WrongPasskey if none."""
    with _judging(answer):
        found = parse_authentication_credential_json(answer)
        return Claim(bytes_to_base64url(found.raw_id), found.response.user_handle or b"")


def proven(answer: str, challenge: bytes, public_key: bytes, sign_count: int) -> int:
    """Return how often this passkey says it was used; WrongPasskey unless its owner answered this challenge here.

    One that counts and has not counted on is refused: it was copied, or the answer is an old one.
    """
    with _judging(answer):
        return verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_host(),
            expected_origin=origin(),
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        ).new_sign_count

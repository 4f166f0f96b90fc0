"""A check that somebody is no program, by Turnstile or hCaptcha, for sites that need it; off unless it is set up.

The only module that knows these services. They see a visitor's browser, so they are asked on one page alone: the last
step before Stripe. Neither name nor address of a visitor is sent to them from here.
"""

import json
from dataclasses import dataclass
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import structlog
from flask import Flask, current_app

from fundsite import security
from fundsite.errors import FundsiteError
from fundsite.i18n import current_locale
from fundsite.settings import CaptchaSettings, Settings

log = structlog.get_logger()

TIMEOUT_SECONDS = 4.0
LONGEST_PROOF = 10_000  # the services' own are shorter; a huge one must not make a service stumble and let it pass
LONGEST_ANSWER = 20_000
BUSY, BROKEN = 429, 500
# What says nothing of the visitor: a secret that is wrong here, or trouble over there.
NOT_THE_VISITORS = {"missing-input-secret", "invalid-input-secret", "internal-error"}


@dataclass(frozen=True)
class Service:
    """One of the services: where it is asked, what its page needs, and in which field the proof comes."""

    verify_url: str
    script: str
    css_class: str
    field: str
    hosts: str
    styles: bool


SERVICES = {
    "turnstile": Service(
        verify_url="https://challenges.cloudflare.com/turnstile/v0/siteverify",
        script="https://challenges.cloudflare.com/turnstile/v0/api.js",
        css_class="cf-turnstile",
        field="cf-turnstile-response",
        hosts="https://challenges.cloudflare.com",
        styles=False,
    ),
    "hcaptcha": Service(
        verify_url="https://api.hcaptcha.com/siteverify",
        script="https://js.hcaptcha.com/1/api.js?hl={locale}",
        css_class="h-captcha",
        field="h-captcha-response",
        hosts="https://hcaptcha.com https://*.hcaptcha.com",
        styles=True,
    ),
}


@dataclass(frozen=True)
class Widget:
    """What a template shows."""

    css_class: str
    script: str
    site_key: str
    locale: str


class Away(FundsiteError):
    """The service cannot say now whether a proof is good."""


@dataclass(frozen=True)
class Captcha:
    """The service that a site uses, with its keys."""

    service: Service
    keys: CaptchaSettings

    def widget(self) -> Widget:
        """Return what the page shows, and let the browser load it on this page alone."""
        hosts = self.service.hosts
        allowed = {"script-src": hosts, "frame-src": hosts, "connect-src": hosts}
        security.allow({**allowed, "style-src": hosts} if self.service.styles else allowed)
        locale = current_locale()
        return Widget(self.service.css_class, self.service.script.format(locale=locale), self.keys.site_key, locale)

    def accepts(self, proof: str) -> bool:
        """Whether a proof is good; also where nobody can tell. Takes some seconds at most; hold no connection.

        The service is asked even without a proof: where it is away, no browser could get one. Then supporters
        pass, and what else stands against programs goes on standing.
        """
        if len(proof) > LONGEST_PROOF:
            return False
        try:
            faults = self._faults(proof)
        except Away as error:
            log.warning("captcha_away", reason=str(error))
            return True
        ours = faults & NOT_THE_VISITORS
        if ours:
            log.error("captcha_cannot_tell", reason=", ".join(sorted(ours)))
        return bool(ours) or not faults

    def ping(self) -> None:
        """Raise Away if the service does not answer or does not take the secret."""
        if ours := self._faults("") & NOT_THE_VISITORS:
            raise Away(", ".join(sorted(ours)))

    def _faults(self, proof: str) -> set[str]:
        """Return what the service has against a proof: nothing if it is good. Raises Away."""
        answer = self._ask(urlencode({"secret": self.keys.secret, "response": proof}).encode())
        try:
            said = json.loads(answer)
            if said["success"] is True:
                return set()
            return {str(code) for code in said.get("error-codes") or ["refused"]}
        except (ValueError, TypeError, KeyError):
            raise Away("an answer that is none") from None

    def _ask(self, body: bytes) -> bytes:
        request = Request(self.service.verify_url, body)  # noqa: S310 - one of the two addresses above
        try:
            with urlopen(request, timeout=TIMEOUT_SECONDS) as reply:  # noqa: S310
                answer: bytes = reply.read(LONGEST_ANSWER)
                return answer
        except HTTPError as error:
            with error:
                if error.code == BUSY or error.code >= BROKEN:
                    raise Away(f"status {error.code}") from None
                return error.read(LONGEST_ANSWER)
        except (OSError, HTTPException) as error:
            raise Away(type(error).__name__) from None


def install(app: Flask, settings: Settings) -> None:
    """Let the app ask the service that its settings name, if they name one."""
    keys = settings.captcha
    app.extensions["fundsite.captcha"] = Captcha(SERVICES[keys.service], keys) if keys else None


def current_captcha() -> Captcha | None:
    """Return the check that the running app asks for; None if it asks for none."""
    found: Captcha | None = current_app.extensions["fundsite.captcha"]
    return found

"""The settings of a site, read once from the environment."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from environs import Env, EnvError
from flask import current_app

from fundsite.errors import SettingsError
from fundsite.i18n import LOCALES

WEAK_SECRET_LENGTH = 32
LONGEST_RETENTION = 240  # months
PAYMENT_METHODS = ("card", "konbini", "bank")
CAPTCHAS = ("turnstile", "hcaptcha")


@dataclass(frozen=True)
class MailSettings:
    """How mail leaves. `sender` is the address that supporters see and can answer."""

    server: str
    port: int
    username: str
    password: str = field(repr=False)
    use_tls: bool
    use_ssl: bool
    sender: str


@dataclass(frozen=True)
class CaptchaSettings:
    """Which service says that a visitor is no program, and the two keys that it gave out."""

    service: str
    site_key: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Settings:
    """Everything that the environment decides. Secrets never show in its representation."""

    database_url: str
    secret_key: str
    site_url: str
    stripe_secret_key: str
    stripe_webhook_secret: str
    stripe_api_base: str
    mail: MailSettings
    media_url: str
    redis_url: str
    timezone: ZoneInfo
    locale: str
    log_format: Literal["json", "text"]
    trusted_proxies: int
    rate_limits: bool
    payment_methods: tuple[str, ...] = ("card",)
    retention_months: int = 0  # after which addresses of what was sent are erased; 0: never
    captcha: CaptchaSettings | None = None

    def __repr__(self) -> str:
        """Name the site and nothing that is secret."""
        return f"Settings({self.site_url})"

    @property
    def is_https(self) -> bool:
        """Whether supporters reach the site over TLS."""
        return self.site_url.startswith("https:")

    @property
    def host(self) -> str:
        """The host name of the site's address."""
        return urlsplit(self.site_url).hostname or "localhost"

    def missing_for_serving(self) -> list[str]:
        """Name each setting without which real supporters must not be served."""
        lacks = []
        if len(self.secret_key) < WEAK_SECRET_LENGTH:
            lacks.append(f"SECRET_KEY: missing or shorter than {WEAK_SECRET_LENGTH} characters")
        if not self.stripe_secret_key:
            lacks.append("STRIPE_SECRET_KEY: missing")
        if not self.stripe_webhook_secret:
            lacks.append("STRIPE_WEBHOOK_SECRET: missing")
        return lacks


def _timezone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise SettingsError(f"FUNDSITE_TIMEZONE: {name!r} is not a time zone") from None


def _database_url(url: str) -> str:
    if url.startswith("postgres://"):
        url = "postgresql://" + url.removeprefix("postgres://")
    if url.startswith("postgresql://"):
        return "postgresql+psycopg://" + url.removeprefix("postgresql://")
    if url.startswith("postgresql+psycopg://"):
        return url
    prefix = "sqlite:///"
    if url.startswith(prefix) and len(url) > len(prefix):
        return prefix + str(Path(url.removeprefix(prefix)).absolute())
    raise SettingsError(f"DATABASE_URL: {url.split('@')[-1]!r} is neither sqlite:///… nor postgresql+psycopg://…")


def _media_url(url: str) -> str:
    if not url.startswith(("file:///", "s3://")):
        raise SettingsError(f"MEDIA_URL: {url!r} is neither file:///… nor s3://…")
    return url


def _address(env: Env, name: str, default: str) -> str:
    """Read the address of a whole host; anything after its port would be lost or doubled in links."""
    url = env.str(name, default)
    try:
        parts = urlsplit(url)
        whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    if not whole or parts.path.strip("/") or parts.query or parts.fragment:
        raise SettingsError(f"{name}: {url!r} is not an address such as https://example.org")
    return url.rstrip("/")


def _whole(env: Env, name: str, default: int, least: int, most: int) -> int:
    value = env.int(name, default)
    if not least <= value <= most:
        raise SettingsError(f"{name}: {value} is not between {least} and {most}")
    return value


def _sender(env: Env, host: str) -> str:
    value = env.str("MAIL_DEFAULT_SENDER", f"noreply@{host}")
    if not re.fullmatch(r"[!-?A-~]+@[!-?A-~]+", value):
        raise SettingsError(f"MAIL_DEFAULT_SENDER: {value!r} is not a mail address alone")
    return value


def _mail(env: Env, host: str) -> MailSettings:
    return MailSettings(
        server=env.str("MAIL_SERVER", "localhost"),
        port=_whole(env, "MAIL_PORT", 25, 1, 65535),
        username=env.str("MAIL_USERNAME", ""),
        password=env.str("MAIL_PASSWORD", ""),
        use_tls=env.bool("MAIL_USE_TLS", False),
        use_ssl=env.bool("MAIL_USE_SSL", False),
        sender=_sender(env, host),
    )


def _one_of(env: Env, name: str, allowed: tuple[str, ...]) -> str:
    value = env.str(name, allowed[0])
    if value not in allowed:
        raise SettingsError(f"{name}: {value!r} is none of {', '.join(allowed)}")
    return value


def _payment_methods(env: Env) -> tuple[str, ...]:
    asked = {name.strip() for name in env.str("FUNDSITE_PAYMENT_METHODS", "card").split(",")}
    if unknown := asked - set(PAYMENT_METHODS):
        allowed = ", ".join(PAYMENT_METHODS)
        raise SettingsError(f"FUNDSITE_PAYMENT_METHODS: {min(unknown)!r} is none of {allowed}")
    if "card" not in asked:
        raise SettingsError("FUNDSITE_PAYMENT_METHODS: card is missing; no other way to pay takes every amount")
    return tuple(name for name in PAYMENT_METHODS if name in asked)


def _months(env: Env) -> int:
    typed = env.str("FUNDSITE_RETENTION_MONTHS", "").strip()
    if not typed:
        return 0
    if not (typed.isascii() and typed.isdigit() and 1 <= int(typed) <= LONGEST_RETENTION):
        raise SettingsError(f"FUNDSITE_RETENTION_MONTHS: {typed!r} is not a number from 1 to {LONGEST_RETENTION}")
    return int(typed)


def _captcha(env: Env) -> CaptchaSettings | None:
    given = {
        "FUNDSITE_CAPTCHA": env.str("FUNDSITE_CAPTCHA", ""),
        "FUNDSITE_CAPTCHA_SITE_KEY": env.str("FUNDSITE_CAPTCHA_SITE_KEY", ""),
        "FUNDSITE_CAPTCHA_SECRET": env.str("FUNDSITE_CAPTCHA_SECRET", ""),
    }
    if not any(given.values()):
        return None
    if missing := [name for name, value in given.items() if not value]:
        raise SettingsError(f"{' and '.join(missing)}: missing; the three FUNDSITE_CAPTCHA settings go together")
    if (service := given["FUNDSITE_CAPTCHA"]) not in CAPTCHAS:
        raise SettingsError(f"FUNDSITE_CAPTCHA: {service!r} is none of {', '.join(CAPTCHAS)}")
    return CaptchaSettings(*given.values())


def _read(env: Env) -> Settings:
    site_url = _address(env, "SITE_URL", "http://localhost:8000")
    return Settings(
        database_url=_database_url(env.str("DATABASE_URL", "sqlite:///fundsite.sqlite3")),
        secret_key=env.str("SECRET_KEY", ""),
        site_url=site_url,
        stripe_secret_key=env.str("STRIPE_SECRET_KEY", ""),
        stripe_webhook_secret=env.str("STRIPE_WEBHOOK_SECRET", ""),
        stripe_api_base=_address(env, "STRIPE_API_BASE", "https://api.stripe.com"),
        mail=_mail(env, urlsplit(site_url).hostname or "localhost"),
        media_url=_media_url(env.str("MEDIA_URL", f"file://{Path('media').absolute()}")),
        redis_url=env.str("REDIS_URL", ""),
        timezone=_timezone(env.str("FUNDSITE_TIMEZONE", "Asia/Tokyo")),
        locale=_one_of(env, "FUNDSITE_LOCALE", LOCALES),
        log_format=cast("Literal['json', 'text']", _one_of(env, "FUNDSITE_LOG", ("text", "json"))),
        trusted_proxies=_whole(env, "FUNDSITE_TRUSTED_PROXIES", 0, 0, 10),
        rate_limits=env.bool("FUNDSITE_RATE_LIMITS", True),
        payment_methods=_payment_methods(env),
        retention_months=_months(env),
        captcha=_captcha(env),
    )


def from_environment(dotenv: Path | None = None) -> Settings:
    """Read the settings from the environment and a `.env` file (which never overrides the environment).

    Raises SettingsError naming the setting that cannot be understood.
    """
    env = Env()
    env.read_env(str(dotenv or Path(".env").absolute()), recurse=False)
    try:
        return _read(env)
    except EnvError as error:  # its message names the setting
        raise SettingsError(str(error)) from None


def current_settings() -> Settings:
    """Return the settings of the running app."""
    found: Settings = current_app.extensions["fundsite.settings"]
    return found

"""Settings from the environment: each wrong value is refused by its name, and no secret is ever shown."""

import os
from pathlib import Path

import pytest

from fundsite.errors import SettingsError
from fundsite.settings import from_environment

NAMES = [
    "DATABASE_URL",
    "SECRET_KEY",
    "SITE_URL",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "STRIPE_API_BASE",
    "MAIL_SERVER",
    "MAIL_PORT",
    "MAIL_USERNAME",
    "MAIL_PASSWORD",
    "MAIL_USE_TLS",
    "MAIL_USE_SSL",
    "MAIL_DEFAULT_SENDER",
    "MEDIA_URL",
    "REDIS_URL",
    "FUNDSITE_TIMEZONE",
    "FUNDSITE_LOCALE",
    "FUNDSITE_LOG",
    "FUNDSITE_TRUSTED_PROXIES",
    "FUNDSITE_RATE_LIMITS",
    "FUNDSITE_RETENTION_MONTHS",
    "FUNDSITE_CAPTCHA",
    "FUNDSITE_CAPTCHA_SITE_KEY",
    "FUNDSITE_CAPTCHA_SECRET",
]
CAPTCHA = {
    "FUNDSITE_CAPTCHA": "turnstile",
    "FUNDSITE_CAPTCHA_SITE_KEY": "0x-site",
    "FUNDSITE_CAPTCHA_SECRET": "0x-hidden6",
}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch, tmp_path):
    """No setting, no `.env`, and nothing left behind that a `.env` file brought in."""
    for name in NAMES:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


def test_without_any_setting_a_site_runs_on_this_machine():
    found = from_environment()
    assert found.database_url == f"sqlite:///{Path('fundsite.sqlite3').absolute()}"
    assert (found.site_url, found.host, found.is_https) == ("http://localhost:8000", "localhost", False)
    assert (found.timezone.key, found.locale, found.rate_limits) == ("Asia/Tokyo", "ja", True)
    assert found.mail.sender == "noreply@localhost"
    assert found.stripe_api_base == "https://api.stripe.com"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://localhost/site"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "nonsense"),
        ("SITE_URL", "example.org"),
        ("SITE_URL", "ftp://example.org"),
        ("SITE_URL", "https://example.org/site"),
        ("SITE_URL", "https://example.org/?page=1"),
        ("SITE_URL", "https://example.org:port"),
        ("SITE_URL", "https://["),
        ("STRIPE_API_BASE", "api.stripe.com"),
        ("STRIPE_API_BASE", "ftp://api.stripe.com"),
        ("MAIL_PORT", "smtp"),
        ("MAIL_PORT", "0"),
        ("MAIL_PORT", "65536"),
        ("MAIL_USE_TLS", "perhaps"),
        ("MAIL_USE_SSL", "perhaps"),
        ("MAIL_DEFAULT_SENDER", "ゆうげの間"),
        ("MEDIA_URL", "ftp://example.org/media"),
        ("MEDIA_URL", "media"),
        ("FUNDSITE_TIMEZONE", "Tokyo"),
        ("FUNDSITE_TIMEZONE", "../etc/passwd"),
        ("FUNDSITE_LOCALE", "fr"),
        ("FUNDSITE_LOG", "xml"),
        ("FUNDSITE_TRUSTED_PROXIES", "-1"),
        ("FUNDSITE_TRUSTED_PROXIES", "many"),
        ("FUNDSITE_RATE_LIMITS", "perhaps"),
        ("FUNDSITE_RETENTION_MONTHS", "0"),
        ("FUNDSITE_RETENTION_MONTHS", "twelve"),
        ("FUNDSITE_RETENTION_MONTHS", "241"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name) as refused:
        from_environment()
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u:p@db/site", "postgresql+psycopg://u:p@db/site"),
        ("postgresql://u:p@db/site", "postgresql+psycopg://u:p@db/site"),
        ("postgresql+psycopg://u:p@db/site", "postgresql+psycopg://u:p@db/site"),
        ("sqlite:////srv/site.sqlite3", "sqlite:////srv/site.sqlite3"),
    ],
)
def test_a_database_is_reached_through_the_driver_that_is_installed(monkeypatch, given, used):
    monkeypatch.setenv("DATABASE_URL", given)
    assert from_environment().database_url == used


def test_a_site_on_https_says_so(monkeypatch):
    monkeypatch.setenv("SITE_URL", "https://fund.example.org/")
    found = from_environment()
    assert (found.site_url, found.host, found.is_https) == ("https://fund.example.org", "fund.example.org", True)
    assert found.mail.sender == "noreply@fund.example.org"


def test_no_secret_is_in_what_a_log_or_a_traceback_would_show(monkeypatch):
    secrets = {
        "SECRET_KEY": "hidden-1-hidden-1-hidden-1-hidden-1",
        "STRIPE_SECRET_KEY": "sk_test_hidden2",
        "STRIPE_WEBHOOK_SECRET": "whsec_hidden3",
        "MAIL_PASSWORD": "hidden4",
        "DATABASE_URL": "postgresql://site:hidden5@db/site",
        **CAPTCHA,
    }
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    found = from_environment()
    shown = f"{found!r} {found} {found.mail!r} {found.mail} {found.captcha!r}"
    assert "hidden" not in shown


def test_addresses_are_kept_for_good_unless_a_number_of_months_is_set(monkeypatch):
    assert from_environment().retention_months == 0
    monkeypatch.setenv("FUNDSITE_RETENTION_MONTHS", "")
    assert from_environment().retention_months == 0
    monkeypatch.setenv("FUNDSITE_RETENTION_MONTHS", "12")
    assert from_environment().retention_months == 12


@pytest.mark.parametrize("missing", CAPTCHA)
def test_a_check_against_programs_that_is_half_set_up_is_refused_by_the_name_of_what_is_missing(monkeypatch, missing):
    assert from_environment().captcha is None
    for name, value in CAPTCHA.items():
        monkeypatch.setenv(name, "" if name == missing else value)
    with pytest.raises(SettingsError, match=rf"^{missing}: missing"):
        from_environment()


def test_a_check_against_programs_is_done_by_one_of_the_services_that_are_known(monkeypatch):
    for name, value in CAPTCHA.items():
        monkeypatch.setenv(name, value)
    found = from_environment().captcha
    assert (found.service, found.site_key, found.secret) == tuple(CAPTCHA.values())
    monkeypatch.setenv("FUNDSITE_CAPTCHA", "recaptcha")
    with pytest.raises(SettingsError, match="FUNDSITE_CAPTCHA: 'recaptcha' is none of turnstile, hcaptcha"):
        from_environment()


def test_a_refused_database_address_does_not_show_its_password(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "mysql://site:hidden@db/site")
    with pytest.raises(SettingsError) as refused:
        from_environment()
    assert "hidden" not in str(refused.value)


def test_every_lack_that_keeps_real_supporters_out_is_named(monkeypatch):
    assert [line.split(":")[0] for line in from_environment().missing_for_serving()] == [
        "SECRET_KEY",
        "STRIPE_SECRET_KEY",
        "STRIPE_WEBHOOK_SECRET",
    ]
    monkeypatch.setenv("SECRET_KEY", "short")
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_test_x")
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", "whsec_x")
    assert [line.split(":")[0] for line in from_environment().missing_for_serving()] == ["SECRET_KEY"]
    monkeypatch.setenv("SECRET_KEY", "x" * 32)
    assert from_environment().missing_for_serving() == []


def test_an_env_file_is_read_and_the_environment_has_the_last_word(monkeypatch, tmp_path):
    (tmp_path / ".env").write_text("SITE_URL=https://file.example.org\nMAIL_SERVER=mail.example.org\n")
    monkeypatch.setenv("SITE_URL", "https://env.example.org")
    found = from_environment()
    assert found.site_url == "https://env.example.org"
    assert found.mail.server == "mail.example.org"

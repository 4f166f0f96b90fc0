"""Every route with every role, and with nobody: exactly the declared ones answer, as docs/roles.md says."""

import pytest
from sqlalchemy import select

from docs import roles as roles_page
from fundsite.access import ROLES
from fundsite.app import create_app
from fundsite.staff.models import Staff
from support.databases import on_sqlite
from support.site import TestSite
from support.staff import person, signed_in

# What stands in addresses, by name. The numbers are nobody's: what is allowed may answer 404 and breaks nothing.
SAMPLES = {"slug": "ie", "number": 1, "code": "A", "token": "none"}
NOBODYS = 987_654
LEAD_TO_SIGN_IN = {"staff.sign_out", "staff.code"}  # by themselves, whoever calls them


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("roles")
    return create_app(TestSite.settings(f"sqlite:///{folder / 'none.sqlite3'}", "http://127.0.0.1:9", 9, folder))


def address_of(site, rule):
    """Fill an address with samples: those of its own name, or something that nobody has."""
    values = dict(rule.defaults or {})
    for name in rule._converters:
        is_number = type(rule._converters[name]).__name__ == "IntegerConverter"
        values[name] = SAMPLES.get(name, NOBODYS if is_number else "none")
    with site.app.test_request_context():
        return site.app.url_map.bind("localhost").build(rule.endpoint, values, method=roles_page.methods(rule)[0])


def verdict(reply):
    """Say whether a reply let somebody in: what a view itself refuses (404, 422) was asked of the view."""
    if reply.status_code == 403:
        return "refused"
    if reply.status_code == 303 and reply.location.partition("?")[0] == "/staff/sign-in":
        return "sign in"
    return "broken" if reply.status_code >= 500 else "let in"


def expected(app, rule, who):
    """Return what the declaration of a route promises somebody."""
    if roles_page.may(app, rule, who):
        return "sign in" if rule.endpoint in LEAD_TO_SIGN_IN else "let in"
    return "refused" if who else "sign in"


@on_sqlite
@pytest.mark.parametrize("who", [None, *ROLES])
def test_exactly_the_declared_roles_are_let_in(site, make, who):
    site.app.config["WTF_CSRF_ENABLED"] = False
    campaign = make.campaign()
    make.reward(campaign)
    make.update(campaign)
    staff_id = person(site, who) if who else None
    wrong = []
    for rule in roles_page.routes(site.app):
        for method in roles_page.methods(rule):
            browser = signed_in(site, staff_id) if who else site.browser()
            found = verdict(browser.open(address_of(site, rule), method=method))
            if found != expected(site.app, rule, who):
                wrong.append((method, rule.rule, found))
    assert wrong == []
    if who:
        assert site.one(select(Staff.disabled_at)) is None, "a route closed the account that tried it"


def test_every_view_declares_who_may_call_it(app):
    silent = [rule.rule for rule in roles_page.routes(app) if not hasattr(app.view_functions[rule.endpoint], "access")]
    assert silent == []


def test_the_table_of_roles_is_true(app):
    assert roles_page.PAGE.read_text(encoding="utf-8") == roles_page.table(app), "run: python docs/roles.py"

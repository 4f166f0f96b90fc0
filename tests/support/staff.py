"""Staff for tests: accounts, browsers that are signed in, and codes as a telephone makes them."""

import re

import pyotp
from sqlalchemy import select

from fundsite.staff.keys import unsealed
from fundsite.staff.models import Staff
from fundsite.staff.service import add_staff
from fundsite.staff.sessions import COOKIE, open_session
from support.site import hidden_fields

PASSWORD = "a long enough password"


def person(site, role="owner", email=None, name="山田 花"):
    """Make an account and return its number."""
    address = email or f"{role}@staff.example"
    with site.inside():
        add_staff(address, role, PASSWORD, name)
    return site.one(select(Staff.id).where(Staff.email == address))


def signed_in(site, staff_id):
    """Return a browser in which somebody is signed in, without the door."""
    browser = site.browser()
    with site.inside():
        token = open_session(staff_id, "Mozilla/5.0 (X11; Linux) Chrome/140 Safari/537")
    browser.set_cookie(COOKIE, token)
    return browser


def post(browser, page, address=None, **fields):
    """Load a page and send its form, to `address` or back to the page."""
    html = browser.get(page).text
    carried = {name: value for name, value in hidden_fields(html).items() if name in {"csrf_token", "box"}}
    return browser.post(address or page, data={**carried, **fields})


def knock(browser, email="owner@staff.example", password=PASSWORD, **kwargs):
    """Sign in as a person does; return the answer."""
    fields = hidden_fields(browser.get("/staff/sign-in").text)
    typed = {"email": email, "password": password}
    return browser.post("/staff/sign-in", data={**fields, **typed}, **kwargs)


def with_codes(browser):
    """Set up codes in a browser that is signed in; return the secret and the recovery codes."""
    page = browser.get("/staff/account/codes").text
    secret = re.search(r"data-secret>([A-Z2-7 ]+)<", page)[1].replace(" ", "")
    fields = {**hidden_fields(page), "code": pyotp.TOTP(secret).now(), "password": PASSWORD}
    reply = browser.post("/staff/account/codes", data=fields)
    assert reply.status_code == 200, reply.text
    return secret, re.findall(r"<code>([0-9A-Z-]+)</code>", reply.text)


def code_of(site, staff_id, at=None):
    """Return what a telephone shows now, or at a moment."""
    with site.inside():
        secret = unsealed("totp", site.one(select(Staff.totp_secret).where(Staff.id == staff_id)))
    totp = pyotp.TOTP(secret)
    return totp.now() if at is None else totp.at(at)


def link_in(mail):
    """Return the path of the staff room's link in a mail."""
    text = mail.get_body(("plain",)).get_content()
    return re.search(r"http://localhost(/\S+)", text)[1]

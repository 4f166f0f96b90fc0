"""Somebody of staff in their browser."""

import re
from html import unescape

from fundsite.db import db
from fundsite.staff.models import Staff
from fundsite.staff.service import add_staff
from fundsite.staff.sessions import COOKIE, open_session
from support.site import hidden_fields

PASSWORD = "a-long-password-for-tests"


def signed_in(site, role="editor"):
    """Return the browser of a new member of staff who has signed in."""
    with site.inside():
        email = f"{role}{db.session.query(Staff).count()}@example.jp"
        add_staff(email, role, PASSWORD, f"{role}の人")
        staff_id = db.session.query(Staff.id).filter_by(email=email).scalar()
        token = open_session(staff_id, "test")
    browser = site.browser()
    browser.set_cookie(COOKIE, token)
    return browser


def typed_fields(html):
    """Return what a page's forms hold: hidden fields, inputs, texts, choices."""
    fields = dict(hidden_fields(html))
    for tag in re.findall(r"<input[^>]*>", html):
        found = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if "name" not in found or found.get("type") in {"hidden", "file", "checkbox"}:
            continue
        if found.get("type") == "radio" and not re.search(r"\schecked\b", tag):
            continue
        value = unescape(found.get("value", ""))
        _add(fields, found["name"], value)
    for tag, text in re.findall(r"<textarea([^>]*)>(.*?)</textarea>", html, re.DOTALL):
        _add(fields, re.search(r'name="([^"]*)"', tag)[1], unescape(text).lstrip("\r\n"))
    for tag, text in re.findall(r"<select([^>]*)>(.*?)</select>", html, re.DOTALL):
        chosen = re.search(r"<option[^>]*\bselected\b[^>]*>", text)
        value = re.search(r'value="([^"]*)"', chosen[0])[1] if chosen else ""
        _add(fields, re.search(r'name="([^"]*)"', tag)[1], value)
    return fields


def _add(fields, name, value):
    if "-" in name and name in fields:
        before = fields[name]
        fields[name] = [*(before if isinstance(before, list) else [before]), value]
    else:
        fields[name] = value


def send(browser, address, to=None, **typed):
    """Fill a page's form with `typed`, the rest as it stands, and send it."""
    page = browser.get(address)
    assert page.status_code == 200, (page.status_code, address)
    return browser.post(to or address, data={**typed_fields(page.text), **typed})

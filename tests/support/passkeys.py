"""Making a passkey from one's account, as its page and script do together."""

import json
import re
from html import unescape

from support.site import hidden_fields
from support.staff import PASSWORD, post

ACCOUNT = "/staff/account/"


def begin(browser, label="仕事のスマートフォン", password=PASSWORD):
    typed = {"passkey-label": label, "passkey-password": password}
    return post(browser, ACCOUNT, "/staff/account/passkeys/new", **typed)


def asked_in(page):
    """Return what a page asks the browser for, and the fields that come back with the answer."""
    return json.loads(unescape(re.search(r'data-creation="([^"]*)"', page.text)[1])), hidden_fields(page.text)


def add(browser, device, **typed):
    options, fields = asked_in(begin(browser, **typed))
    return browser.post("/staff/account/passkeys", data={**fields, "answer": device.make(options)})

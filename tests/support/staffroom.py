"""Staff who are signed in."""

from fundsite.access import OWNER
from fundsite.staff.service import add_staff, all_staff
from fundsite.staff.sessions import COOKIE, open_session
from support.site import hidden_fields


def signed_in(site, role=OWNER):
    """Return the browser of somebody with that role."""
    email = f"{role}@fund.example"
    with site.inside():
        if email not in {person.email for person in all_staff()}:
            add_staff(email, role, "correct horse battery", role)
        number = next(person.id for person in all_staff() if person.email == email)
        token = open_session(number, "test")
    browser = site.browser()
    browser.set_cookie(COOKIE, token)
    return browser


def send(browser, page, address, **typed):
    """Send a form of `page` to `address` with the page's token; return the answer."""
    token = hidden_fields(browser.get(page).text)["csrf_token"]
    return browser.post(address, data={"csrf_token": token, **typed})

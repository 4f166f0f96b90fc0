"""Whatever people type, pages show it and nothing happens: every text field, every page, in a real Chromium."""

import mailbox
import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from sqlalchemy import select
from updates.conftest import photo
from wtforms.validators import Length

from docs import roles
from fundsite import clock
from fundsite.access import PUBLIC
from fundsite.campaigns.models import NextGoal
from fundsite.campaigns.sections import SECTIONS
from fundsite.db import db
from fundsite.demo.mailbox import mailbox_app
from fundsite.fulfilment.batches import announce_batch, open_batch
from fundsite.fulfilment.models import BatchItem
from fundsite.fulfilment.owed import Choice
from fundsite.pledges import access
from fundsite.pledges.models import Pledge
from fundsite.staff.sessions import COOKIE, open_session
from fundsite.updates.followers import follower_token
from fundsite.updates.following import Follower
from fundsite.updates.revisions import revisions_of
from support.databases import on_sqlite
from support.filling import forms_of, framed, send
from support.hostile import portions
from support.reports import start
from support.shipping import HOME
from support.staff import person
from support.watchman import Watchman

pytestmark = on_sqlite

PORTIONS = portions(2)

OWNER = "owner@staff.example"
# Files, which no browser shows as a page.
NOT_SHOWN = (
    ".csv",
    ".pdf",
    ".zip",
    ".ics",
    "everything.json",
    "media/<name>",
    "files/<name>",
    "pictures/<name>",
    "donors/file",
    "/metrics",
)
QUERIES = {
    "reports.choose": "?campaign=c1",
    "comments.index": "?show=all",
    "receipts_runs.look": "?kind=receipt&per=pledge&from_on=2026-01-01&to_on=2026-12-31",
    "pledges.details": "?reward=A&utm_source=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&utm_medium='-alert(1)-'",
}
# Pages of money in trouble, each of which is shown only while that trouble lasts; what is typed there stands on the
# page of the pledge, which is opened.
# A batch is taken to its end by what its page offers: `ship` looks at one.
IN_TROUBLE = ("batches/<int:number>/", "refunds/<int:number>/", "payments/<int:number>/", "transfers/<int:number>/")
# What is typed when these are made stands in the lists beside them, which are opened.
IN_TROUBLE += ("payouts/<payout_id>/", "backers/exports/<int:number>/", "backers/views/<int:number>")
IN_TROUBLE += ("receipts/<int:number>/", "receipts/runs/<int:number>/", "rewards/<int:batch>/")
# What answers otherwise: the second step without a first, the report of another campaign, links that were used.
NOT_REACHED = {"staff.code", "reading.elsewhere", "staff.reset", "staff.welcome", "monthly.confirm_stop"}
REMARK = "warning: The specified value"  # Chromium on what was typed into a field for numbers or addresses
PASTE = """([box, html]) => {
  const data = new DataTransfer();
  data.setData("text/html", html);
  data.setData("text/plain", html);
  box.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""
TYPE = """(box) => box.dispatchEvent(new InputEvent("input", { bubbles: true }))"""


@pytest.fixture(autouse=True)
def _long_texts(monkeypatch):
    """Let one field hold many texts: how long they may be is another test's matter."""
    monkeypatch.setattr(Length, "__call__", lambda *_: None)


class Walk:
    """A site whose every field holds one portion of hostile texts."""

    def __init__(self, site, make, texts, chromium, address):
        self.site, self.texts = site, texts
        self.staff, self.visitor = (Watchman(chromium, address, site.stripe_url) for _ in range(2))
        staff_id = person(site, "owner", OWNER, name=" ".join(texts))
        with site.inside():
            cookie = {"name": COOKIE, "value": open_session(staff_id, "test"), "url": address}
        self.staff.watched.context.add_cookies([cookie])
        now = clock.now().replace(microsecond=0)
        period = {"starts_at": now - timedelta(days=3), "ends_at": now + timedelta(days=9)}
        self.campaign = make.campaign("c1", **period)
        shipped = make.reward(self.campaign, "A", shipping="worldwide")
        make.reward(self.campaign, "B")
        self.update = make.update(self.campaign, notify=True)
        said = {"comment": framed(texts), "display_name": " ".join(texts), **HOME}
        self.told = make.paid(self.campaign, shipped, **said)
        self.tokens = {"staff.welcome": "", "followers.confirmed": "", "stopping.stop": "", "staff.reset": ""}

    def close(self):
        self.staff.watched.close()
        self.visitor.watched.close()

    @property
    def noticed(self):
        said = self.staff.noticed + self.visitor.noticed
        return [line for line in said if not (line.startswith(REMARK) or line.endswith("/favicon.ico)"))]

    def pages(self, *, public):
        """Yield the address of every page that staff, or everybody, can open."""
        app = self.site.app
        for rule in roles.routes(app):
            is_public = app.view_functions[rule.endpoint].access == PUBLIC
            is_page = "GET" in roles.methods(rule) and not rule.rule.endswith(NOT_SHOWN)
            if is_public == public and is_page and not any(part in rule.rule for part in IN_TROUBLE):
                for values in self.values_of(rule):
                    with app.test_request_context():
                        address = app.url_map.bind("localhost").build(rule.endpoint, values)
                    yield rule.endpoint, address + QUERIES.get(rule.endpoint, "")

    def values_of(self, rule):
        """Return what stands in the places of an address."""
        places = {name: self.value(rule.endpoint, name) for name in rule._converters}
        if rule.endpoint == "campaigns_manage.section":
            return [{**places, "name": name} for name in SECTIONS if name != "goal"]
        if "revision_id" in places:  # the first text, which differs, and the newest
            return [{**places, "revision_id": number} for number in places["revision_id"]]
        return [{**(rule.defaults or {}), **places}]

    def value(self, endpoint, name):
        """Return what stands in one place; a new one has to be made known here."""
        if name == "token":
            return self.token(endpoint)
        if name == "reference" and endpoint.startswith("backers."):
            return self.told.reference
        if name == "reference":  # of the money that was entered by hand
            return self.site.one(select(Pledge.reference).where(Pledge.source != "online").limit(1))
        if name in {"goal_id", "revision_id"}:
            return self.newest(name)
        numbers = {"report_id": self.update.id, "update_id": self.update.id, "name": ""}
        numbers |= {"slug": "c1", "code": "A", "number": 1, "reward_id": self.told.reward_id}
        if endpoint.startswith("comments."):
            numbers["number"] = self.told.id
        return numbers[name]

    def newest(self, name):
        if name == "goal_id":
            return self.site.one(select(NextGoal.id).order_by(NextGoal.id.desc()).limit(1))
        with self.site.inside():
            numbers = sorted(row.id for row in revisions_of(self.update.id))
        return {numbers[0], numbers[-1]}

    def token(self, endpoint):
        if endpoint in self.tokens:
            return self.tokens[endpoint]
        with self.site.inside():
            if endpoint == "reading.by_follower":
                return follower_token(db.session.scalar(select(Follower.id)))
            return access.token_of(db.session.scalar(select(Pledge.reference).where(Pledge.id != self.told.id)))

    def fill(self, tab):
        """Fill every form of the open page, twice: so that it may refuse, and so that it must accept."""
        address = tab.page.url
        for number, form in enumerate(forms_of(tab.page)):
            if number:
                tab.page.goto(address)
            for picture in tab.page.locator("form input[type=file][name=picture]").all():
                picture.set_input_files({"name": "x.jpg", "mimeType": "image/jpeg", "buffer": photo()})
            reply = send(tab.page, form, self.texts, everywhere=True)
            tab.look()
            if reply.status == 422 and form.takes_text:
                again = next(found for found in forms_of(tab.page) if found.address == form.address)
                reply = send(tab.page, replace(form, index=again.index), self.texts, everywhere=False)
                tab.look()
                assert reply.status == 200, (form, tab.page.locator(".error-summary").all_inner_texts())
            assert reply.status < 500, form

    def fill_all(self):
        """Fill every form of staff, then of everybody."""
        for endpoint, address in self.pages(public=False):
            reply = self.staff.open(address)
            assert reply.status == 200, (endpoint, address)
            self.fill(self.staff)
        self.site.work()
        self.tokens["staff.welcome"] = self.link("/staff/welcome/")
        for endpoint in ("followers.follow", "supporters.lost", "staff.welcome", "staff.sign_in", "staff.forgotten"):
            self.visitor.open(dict(self.pages_of(endpoint))[endpoint])
            self.fill(self.visitor)

    def pages_of(self, endpoint):
        return [found for found in self.pages(public=True) if found[0] == endpoint]

    def link(self, beginning):
        """Return the token of the newest mailed link that begins so."""
        texts = [mail.get_body(("plain",)).get_content() for mail in self.site.letterbox.mails]
        return [token for text in texts for token in re.findall(rf"{beginning}([^/\s]+)", text)][-1]

    def follow(self):
        """Begin to follow by the mailed link."""
        self.site.work()
        self.tokens["followers.confirmed"] = self.link("/follow/")
        self.visitor.open(f"/follow/{self.tokens['followers.confirmed']}/")
        self.visitor.page.locator("main [type=submit]").click()
        self.visitor.look()

    def pledge(self):
        """Pledge as a supporter: details with everything refused, then accepted, confirmed and paid."""
        tab, page = self.visitor, self.visitor.page
        tab.open(dict(self.pages_of("pledges.details"))["pledges.details"])
        self.fill(tab)
        assert page.get_by_role("heading", level=1).inner_text() == "内容のご確認"
        page.get_by_role("button", name="お支払いへ進む").click()
        page.wait_for_url("**/c/pay/cs_test_*")
        tab.look()
        self.site.pay(urlsplit(page.url).path.rpartition("/")[2])
        token = self.token("room.room")
        tab.open(f"/pledges/{token}/thanks")
        for page in ("", "delivery/", "personal-data/"):
            tab.open(f"/pledges/{token}/{page}")
            self.fill(tab)

    def ship(self):
        """Prepare what was pledged for shipping, where no form has done so, and look at where it goes."""
        with self.site.inside():
            known = db.session.scalar(select(BatchItem.batch_id).order_by(BatchItem.id).limit(1))
            number = known or open_batch("hostile", Choice(self.campaign.id, "labels"), " ".join(self.texts))
            announce_batch(number, None)
        item = self.site.one(select(BatchItem.id).where(BatchItem.batch_id == number).limit(1))
        for page in ("", "check", "about", f"items/{item}/"):
            self.staff.open(f"/staff/shipping/batches/{number}/{page}")
        self.staff.open("/staff/shipping/")

    def preview(self):
        """Type and paste in the editor, and look at what it shows beside."""
        page = self.staff.page
        self.staff.open(f"/staff/reports/{self.update.id}/edit")
        box = page.locator("#body")
        for act, said in ((PASTE, "paste"), (TYPE, "preview")):
            with page.expect_response(f"**/{said}"):
                box.evaluate(act if act == TYPE else f"(box, html) => ({act})([box, html])", framed(self.texts))
        expect(page.locator("#preview-page")).to_contain_text("alert(1)")
        self.staff.look()

    def look_at_all(self):
        """Open every page once more."""
        missed = []
        for tab, public in ((self.staff, False), (self.visitor, True)):
            for endpoint, address in self.pages(public=public):
                if "html" not in tab.page.request.head(address).headers["content-type"]:
                    tab.parse(address)
                    continue
                reply = tab.open(address)
                if reply.status != 200 and endpoint not in NOT_REACHED:
                    missed.append((reply.status, endpoint, address))
        assert missed == []

    def read_mails(self, folder):
        """Read every mail in the demo's mailbox; its HTML without the mailbox's own policy."""
        box = mailbox.Maildir(str(folder / "box"))
        for mail in self.site.letterbox.mails:
            box.add(mail.as_bytes())
        shown = mailbox_app(folder / "box").test_client()

        def answer(route):
            reply = shown.get(urlsplit(route.request.url).path)
            route.fulfill(status=reply.status_code, body=reply.data, content_type="text/html; charset=utf-8")

        self.visitor.page.route("**/*", answer)
        self.visitor.trusted += ("http://mailbox.test/",)
        for key in box.keys():  # noqa: SIM118 - a mailbox gives its mails, not their names
            self.visitor.open(f"http://mailbox.test/{key}/html")
            self.visitor.open(f"http://mailbox.test/{key}/")
        self.visitor.open("http://mailbox.test/")


@pytest.mark.parametrize("texts", PORTIONS, ids=["one half", "the other half"])
def test_no_text_in_any_field_makes_any_page_do_anything(site, make, texts, browser, address, tmp_path):
    walk = Walk(site, make, texts, browser, address)
    try:
        walk.fill_all()
        walk.follow()
        walk.pledge()
        walk.ship()
        walk.preview()
        start(site, walk.update)
        site.work()
        walk.tokens["stopping.stop"] = walk.link("/mail/stop/")
        walk.look_at_all()
        walk.read_mails(tmp_path)
        assert walk.noticed == []
    finally:
        walk.close()

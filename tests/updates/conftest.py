"""Staff at work on reports."""

from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select

from fundsite import clock
from fundsite.db import transaction
from fundsite.staff.models import Staff
from fundsite.staff.passwords import HASHER
from fundsite.staff.sessions import COOKIE, open_session
from fundsite.updates.editing import begin
from fundsite.updates.models import Update
from fundsite.updates.revisions import Text, Writer
from support.site import hidden_fields

PASSWORD = "not-a-secret-not-a-secret"


class Desk:
    """A person of staff with a browser of their own."""

    def __init__(self, site, email, role, name):
        self.site = site
        with site.inside():
            with transaction() as session:
                person = Staff(
                    email=email, name=name, role=role, password_hash=HASHER.hash(PASSWORD), created_at=clock.now()
                )
                session.add(person)
                session.flush()
            self.id = person.id
            token = open_session(person.id, "test")
        self.browser = site.browser()
        self.browser.set_cookie(COOKIE, token)

    def writer(self, tab="tab"):
        return Writer(self.id, tab)

    def form(self, report_id):
        """Open the editor; return what a browser would send back of it unasked."""
        return hidden_fields(self.browser.get(f"/staff/reports/{report_id}/edit").text)

    def send(self, report_id, form, path="edit", **typed):
        said = {"title": "題", "body": "本文", "audience": "everyone", **form, **typed}
        return self.browser.post(f"/staff/reports/{report_id}/{path}", data=said)


@pytest.fixture
def hanako(site):
    return Desk(site, "hanako@example.jp", "editor", "花子")


@pytest.fixture
def taro(site):
    return Desk(site, "taro@example.jp", "editor", "太郎")


@pytest.fixture
def campaign(make):
    return make.campaign(raised=120_000, backers=34)


@pytest.fixture
def draft(site, campaign, hanako):
    with site.inside():
        return begin(campaign.id, "report", Text("はじめの題", "はじめの本文"), "花子", hanako.id)


@pytest.fixture
def row(site):
    """Reads a report's row as it is now."""

    def read(report_id):
        return site.rows(select(Update).where(Update.id == report_id))[0][0]

    return read


def photo(colour="teal"):
    data = BytesIO()
    Image.new("RGB", (640, 480), colour).save(data, "JPEG")
    return data.getvalue()

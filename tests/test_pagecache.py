"""Public pages from memory: what may be kept, for how long, and what each visitor gets of it."""

import gzip

import pytest
from sqlalchemy import update
from werkzeug.test import Client

from fundsite import pagecache
from fundsite.campaigns.models import Campaign
from fundsite.db import change_mark, db, transaction
from fundsite.pagecache import PageCache


class Counted:
    """An application that counts how often it is asked."""

    def __init__(self, application):
        self.application, self.asked = application, 0

    def __call__(self, environ, start_response):
        self.asked += 1
        return self.application(environ, start_response)


@pytest.fixture
def counted(site, make):
    make.reward(make.campaign())
    return Counted(site.app)


@pytest.fixture
def client(site, counted, monkeypatch):
    monkeypatch.setattr(pagecache, "MOMENT", 0.0)
    with site.app.app_context():
        mark = change_mark(db.engine)
    mark.INTERVAL = 0.0  # PostgreSQL is asked each time, so that the test need not wait
    return Client(PageCache(counted, mark))


def change(site, **values):
    with site.app.app_context(), transaction() as session:
        session.execute(update(Campaign).values(**values))


def test_a_page_is_rendered_once_while_nothing_changes(client, counted):
    first, second = client.get("/c/ie/"), client.get("/c/ie/")
    assert first.data == second.data
    assert counted.asked == 1


def test_a_change_shows_at_the_next_request(site, client, counted):
    client.get("/c/ie/")
    change(site, raised=1_234_567, backers=3)
    assert "1,234,567" in client.get("/c/ie/").get_data(as_text=True)
    assert counted.asked == 2


def test_a_page_is_looked_at_again_after_a_while_because_time_passes(client, counted, monkeypatch):
    client.get("/c/ie/")
    monkeypatch.setattr(pagecache, "LONGEST", 0.0)
    client.get("/c/ie/")
    assert counted.asked == 2


def test_who_understands_gzip_gets_it_and_others_get_the_same_page_plain(client, counted):
    plain = client.get("/c/ie/")
    packed = client.get("/c/ie/", headers={"Accept-Encoding": "br, gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert counted.asked == 1


def test_who_has_the_page_already_is_not_sent_it_again(client, counted):
    etag = client.get("/c/ie/").headers["ETag"]
    again = client.get("/c/ie/", headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get("/c/ie/", headers={"If-None-Match": '"other"'}).status_code == 200
    assert counted.asked == 1


def test_a_head_request_gets_the_headers_of_the_page(client):
    full, head = client.get("/c/ie/"), client.head("/c/ie/")
    assert head.data == b""
    assert head.headers["Content-Length"] == str(len(full.data))


def test_languages_and_queries_are_pages_of_their_own(client):
    assert client.get("/c/ie/").data != client.get("/en/c/ie/").data
    assert client.get("/c/ie/backers/").status_code == 200
    assert client.get("/c/ie/backers/?before=1").status_code == 200


@pytest.mark.parametrize("path", ["/c/ie/pledge?reward=A", "/c/nowhere/", "/staff/sign-in"])
def test_private_pages_and_failures_are_never_kept(client, counted, path):
    client.get(path)
    client.get(path)
    assert counted.asked == 2


def test_a_foreign_host_never_gets_a_page_from_memory(client):
    assert client.get("/c/ie/").status_code == 200
    assert client.get("/c/ie/", headers={"Host": "evil.example"}).status_code == 400


def test_stylesheets_are_kept_for_good(site, client, counted):
    client.get("/static/css/site.css?v=1")
    change(site, backers=9)
    reply = client.get("/static/css/site.css?v=1")
    assert reply.status_code == 200
    assert counted.asked == 1


def test_memory_has_a_limit(client, counted, monkeypatch):
    monkeypatch.setattr(pagecache, "MEMORY", 1)
    client.get("/c/ie/")
    client.get("/c/ie/")
    assert counted.asked == 2


def test_a_post_reaches_the_application(client):
    assert client.post("/c/ie/").status_code in {400, 405}

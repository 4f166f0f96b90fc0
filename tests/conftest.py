"""The real parts that tests run against: both databases, the sandbox behind the stripe library, an SMTP server."""

import threading

import pytest
from werkzeug.serving import make_server

from fundsite.sandbox import SandboxConfig, SandboxServer
from support import chromium
from support.apps import Apps
from support.databases import DATABASES, Database, SQLite
from support.factories import Factory
from support.lacking import lacking
from support.letterbox import Letterbox
from support.ports import free_port
from support.site import TestSite
from support.world import World

STRIPE_KEY, WEBHOOK_SECRET = "sk_test_notAKey", "whsec_notASecret"


@pytest.fixture(scope="session", params=DATABASES, ids=lambda kind: kind.name)
def server(request, tmp_path_factory):
    """A database server of either kind, migrated once; each test gets a copy."""
    kind = request.param
    if not kind.available():
        lacking(kind.name, kind.how_to_get)
    with kind(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def database(server) -> Database:
    """An empty, migrated database of this test's own."""
    with server.fresh() as found:
        yield found


@pytest.fixture(scope="session")
def stripe_server():
    """The sandbox, in a thread; nothing is delivered by itself, tests deliver what they mean to.

    `site` has it forget what earlier tests did: whoever walks through all of its lists walks through their own.
    """
    config = SandboxConfig(secret_key=STRIPE_KEY, webhook_secret=WEBHOOK_SECRET, settle_after=0.05, tick=0.05)
    with SandboxServer(config) as running:
        yield running


@pytest.fixture(scope="session")
def mail_server():
    """A real SMTP server that keeps what it takes."""
    with Letterbox() as box:
        yield box


@pytest.fixture
def letterbox(mail_server):
    """The SMTP server, empty, and ready for everybody."""
    mail_server.fresh()
    return mail_server


@pytest.fixture(scope="session")
def apps():
    """Apps to lend, so that each is built once."""
    return Apps()


@pytest.fixture
def site(apps, database, stripe_server, letterbox, tmp_path):
    """A site in this process: an app over the real parts, with the doors that tests knock at."""
    with apps.lend(TestSite.settings(database.url, stripe_server.url, letterbox.port, tmp_path)) as app:
        running = TestSite(app, stripe_server.url, letterbox, WEBHOOK_SECRET)
        running.stripe("reset", {})
        yield running
        running.close()


@pytest.fixture(scope="module")
def one_world(tmp_path_factory):
    """A world for all of a module's tests; each begins it again."""
    with SQLite(tmp_path_factory.mktemp("world")) as server, server.fresh() as database:
        found = World(database.url, tmp_path_factory.mktemp("site"))
        yield found
        found.close()


@pytest.fixture
def make(site) -> Factory:
    """Makes campaigns and rewards."""
    return Factory(site)


@pytest.fixture
def address(site):
    """The app behind a real server, in a thread."""
    server = make_server("127.0.0.1", free_port(), site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def browser():
    """Chromium, once for all tests of a run: two at once in one process do not go."""
    if chromium.program() is None:
        lacking("Chromium", chromium.HOW_TO_GET)
    with chromium.browser() as running:
        yield running

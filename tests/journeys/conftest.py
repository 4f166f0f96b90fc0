"""The running product: real processes, a real browser, nothing replaced."""

import pytest

from support import chromium
from support.demo_content import load_demo
from support.factories import Factory
from support.letterbox import Letterbox
from support.person import SLUG
from support.running import RUNNING, Nursery, RunningSite

LINES_KEPT = 60


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """Put what the processes said beside a failure."""
    report = yield
    if report.failed:
        for site in RUNNING:
            for log in sorted(site.folder.glob("*.log")):
                tail = log.read_text(errors="replace").splitlines()[-LINES_KEPT:]
                report.sections.append((f"{log.name} of {site.url}", "\n".join(tail)))
    return report


def pytest_collection_modifyitems(items):
    """Everything in this folder is a journey."""
    for item in items:
        if "journeys" in item.path.parts:
            item.add_marker(pytest.mark.journey)


@pytest.fixture(scope="session")
def nursery():
    """Where the processes of every site come from."""
    with Nursery() as running:
        yield running


@pytest.fixture(scope="session")
def media(tmp_path_factory):
    """The pictures of the example, made once."""
    return tmp_path_factory.mktemp("media")


@pytest.fixture(scope="session")
def demo_database(server, media):
    """A database with the example and its 842 backers, to be copied."""
    with server.fresh() as found:
        load_demo(found.url, media)
        yield found


@pytest.fixture
def demo_site(server, demo_database, media, nursery, tmp_path):
    """The whole demo as processes, on a copy of its own: nobody has pledged since."""
    with (
        server.fresh(like=demo_database) as database,
        Letterbox() as letterbox,
        RunningSite(nursery, database.url, tmp_path, letterbox, media=media) as site,
    ):
        yield site.start("sandbox", "web", "worker")
        assert site.complaints() == []


@pytest.fixture
def small_site(database, nursery, tmp_path):
    """A site as processes with one campaign, whose rewards a test makes itself."""
    with Letterbox() as letterbox, RunningSite(nursery, database.url, tmp_path, letterbox) as site:
        with site.app.app_context():
            site.campaign = Factory(site).campaign(SLUG)
        yield site.start("sandbox", "web", "worker")
        assert site.complaints() == []


@pytest.fixture
def open_page(browser):
    """Opens pages on a telephone; at the end nothing may have been said on their consoles."""
    opened = []

    def open_one(site, *, javascript=True):
        opened.append(chromium.Watched(browser, site.url, javascript=javascript))
        return opened[-1].page

    yield open_one
    for watched in opened:
        watched.close()
    assert [complaint for watched in opened for complaint in watched.complaints] == []

"""The running product: real processes, a real browser, nothing replaced."""

import pytest
from support.running import RUNNING, Nursery

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

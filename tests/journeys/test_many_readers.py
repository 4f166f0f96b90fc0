"""Many readers are told of a report while the worker is killed five times: each once, none twice.

A small crowd; `benchmarks/notifications.py` does it with ten thousand.
"""

import pytest

from support.crowd import Crowd
from support.databases import on_sqlite
from support.sink import Sink

READERS, KILLS = 600, 5

pytestmark = [pytest.mark.journey, on_sqlite]


def test_each_of_many_gets_one_mail_though_the_worker_is_killed_five_times(database, tmp_path):
    with Sink() as sink:
        crowd = Crowd(database.url, tmp_path, sink, READERS)
        assert crowd.begin() == READERS
        crowd.tell(KILLS)
        assert crowd.told() == (READERS, 1)
        assert crowd.statuses() == {"sent"}
        crowd.site.close()

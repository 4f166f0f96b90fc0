"""Many pledges in bad weather: what webhooks, replies and processes lost is put right by `reconcile`."""

from support.letterbox import Letterbox
from support.running import RunningSite
from support.storm import Storm, weathered

PLEDGES, PEOPLE, KILL_EVERY = 40, 4, 0.7


def test_after_a_storm_of_lost_webhooks_lost_replies_and_kills_nothing_differs(database, nursery, tmp_path):
    with Letterbox() as letterbox, RunningSite(nursery, database.url, tmp_path, letterbox, web_workers=2) as site:
        storm = Storm(site, PLEDGES)
        outcome = weathered(storm, threads=PEOPLE, kill_every=KILL_EVERY)
        assert outcome.differences == []
        assert outcome.counts["people"]["sold out"] > 0
        assert outcome.counts["API replies lost"] > 0
        assert outcome.counts["webhooks"]["lost"] > 0
        assert storm.kills.total() > 1

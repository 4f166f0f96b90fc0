"""The end of an All-or-Nothing campaign, charged by a worker that is killed again and again."""

from sqlalchemy import func, select

from fundsite.mail import OutboxMail
from support.charging import charge_with_kills, promise_many
from support.factories import Factory
from support.letterbox import Letterbox
from support.running import RunningSite

CARDS, EVERY, KILLS = 60, 15, 4


def test_sixty_saved_cards_are_charged_once_each_though_the_worker_is_killed_four_times(database, nursery, tmp_path):
    with Letterbox() as letterbox, RunningSite(nursery, database.url, tmp_path, letterbox) as site:
        site.start("sandbox", "web")
        promise_many(site, Factory(site), CARDS, EVERY)
        site.start("worker")
        told = charge_with_kills(site, CARDS, KILLS, seconds=150)
        declining = CARDS // EVERY
        assert (told.paid, told.declined) == (CARDS - declining, declining)
        assert (told.charged_at_stripe, told.charged_twice, told.asked) == (CARDS - declining, 0, CARDS)
        assert site.check() == []
        mails = select(OutboxMail.kind, func.count()).where(OutboxMail.kind != "pledge_promised")
        written = dict(tuple(row) for row in site.rows(mails.group_by(OutboxMail.kind)))
        assert (written["pledge_thanks"], written["pledge_declined"]) == (CARDS - declining, declining)
        assert site.complaints() == []

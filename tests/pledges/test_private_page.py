"""The supporter's private page: it opens to its link alone, and what it changes is the public's view of a backer."""

import pytest
from sqlalchemy import select, update

from fundsite.pledges import access
from fundsite.pledges.models import Pledge
from support.databases import on_sqlite
from support.factories import ADDRESS, pledged
from support.site import hidden_fields, session_id_of

pytestmark = on_sqlite


@pytest.fixture
def room(site, make):
    """The room of a pledge of something that is sent to Japan."""
    make.reward(make.campaign(), shipping="japan", stock=2)
    site.session_id = session_id_of(pledged(site.browser(), **ADDRESS))
    with site.inside():
        return f"/pledges/{access.token_of(site.one(select(Pledge.reference)))}/"


def test_a_link_that_is_nobodys_is_not_found(site, room):
    assert site.get(room.replace(room[9:13], "none")).status_code == 404
    assert site.get(room).status_code == 200


def test_the_room_shows_where_things_go_as_the_post_reads_it(site, room):
    site.pay(site.session_id)
    site.work()
    text = site.letterbox.mails[0].get_body(("plain",)).get_content()
    assert "〒123-4567" in text
    assert "東京都見本区見本町1-2-3" in text


def test_a_backer_changes_name_and_words_and_what_is_too_long_is_refused(site, room):
    browser = site.browser()
    token = hidden_fields(browser.get(room).text)["csrf_token"]
    typed = {"csrf_token": token, "display_name": "花", "comment": "楽しみにしています。"}
    assert browser.post(room, data={**typed, "comment": "あ" * 1_001}).status_code == 422
    reply = browser.post(room, data=typed)
    assert (reply.status_code, reply.location) == (303, f"{room}?saved=1")
    assert tuple(site.one(select(Pledge.display_name, Pledge.anonymous))) == ("花", False)
    browser.post(room, data={**typed, "anonymous": "y"})
    assert site.one(select(Pledge.anonymous)) is True


@pytest.mark.parametrize(
    ("status", "leads"), [("expired", "left"), ("canceled", "left"), ("refund_due", ""), ("refunded", "")]
)
def test_who_comes_for_thanks_when_there_is_nothing_to_thank_for_is_led_to_how_it_stands(site, room, status, leads):
    site.change(update(Pledge).values(status=status, voucher=None, counted=False))
    reply = site.get(f"{room}thanks")
    assert (reply.status_code, reply.location) == (303, f"{room}{leads}")

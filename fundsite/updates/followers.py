"""People who left only an e-mail address: asking to be told of reports, confirming it, and stopping it again."""

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from fundsite import clock, mail
from fundsite.campaigns.models import Campaign
from fundsite.db import db, insert_once, transaction
from fundsite.mail import OutboxMail
from fundsite.mail.suppression import EVERYTHING, STOPPED, suppress, welcome_back
from fundsite.mail.writing import STOPPING
from fundsite.sealed import sealed, unsealed
from fundsite.updates.audience import topic_of
from fundsite.updates.following import Follower, FollowRequest

CONFIRM = "follow_confirm"
FOLLOWER = "follower"
VALID = timedelta(days=7)
QUIET = timedelta(hours=1)  # within which one address gets one mail, however often it is typed


def ask(campaign: Campaign, email: str, locale: str) -> None:
    """Mail a link to an address; following begins when it is used. Nothing shows whether the address is known here."""
    now, address = clock.now(), email.lower()
    with transaction() as session:
        session.execute(select(Campaign.id).where(Campaign.id == campaign.id).with_for_update())  # one asks at a time
        session.execute(delete(FollowRequest).where(FollowRequest.asked_at < now - VALID))
        mine = select(FollowRequest.id).where(FollowRequest.campaign_id == campaign.id, FollowRequest.email == address)
        if session.scalar(mine.where(FollowRequest.asked_at > now - QUIET).limit(1)) is not None:
            return
        request = FollowRequest(campaign_id=campaign.id, email=address, locale=locale, asked_at=now)
        session.add(request)
        session.flush()
        mail.announce(session, CONFIRM, request.id, email, locale)


def request_token(request: FollowRequest) -> str:
    """Return the token of the mailed link."""
    return sealed(CONFIRM, request.id)


def find_request(token: str) -> FollowRequest | None:
    """Return the request that a mailed link confirms; None once it is too old."""
    number = unsealed(CONFIRM, token)
    fresh = FollowRequest.asked_at > clock.now() - VALID
    return db.session.scalar(select(FollowRequest).where(FollowRequest.id == number, fresh))


def confirm(request_id: int) -> None:
    """Begin to follow. Safe to call twice, even at once. Whoever had stopped the mails gets them again."""
    with transaction() as session:
        asked = session.get(FollowRequest, request_id)
        if asked is None:  # too old since it was found
            return
        welcome_back(session, asked.email, topic_of(asked.campaign_id))
        follower = {"campaign_id": asked.campaign_id, "email": asked.email, "locale": asked.locale}
        insert_once(session, Follower, **follower, confirmed_at=clock.now())


def follower_token(follower_id: int) -> str:
    """Return the token by which a follower reads what is for followers."""
    return sealed(FOLLOWER, follower_id)


def find_follower(token: str) -> Follower | None:
    """Return whose private link this is; None for whoever follows no longer."""
    number = unsealed(FOLLOWER, token)
    return db.session.scalar(select(Follower).where(Follower.id == number))


def find_stoppable(token: str) -> OutboxMail | None:
    """Return the mail whose link stops such mails."""
    number = unsealed(STOPPING, token)
    return db.session.scalar(select(OutboxMail).where(OutboxMail.id == number, OutboxMail.topic.is_not(None)))


def campaign_of(topic: str) -> Campaign | None:
    """Return the campaign whose reports a topic names."""
    return db.session.get(Campaign, int(topic.partition(":")[2]))


def stop_mails(mail_id: int, *, everything: bool) -> None:
    """Send the recipient of a mail no more of its topic, or of any. What a pledge causes is still sent."""
    with transaction() as session:
        row = session.get_one(OutboxMail, mail_id)
        topic = EVERYTHING if everything or row.topic is None else row.topic
        suppress(session, row.recipient, topic, STOPPED)
        _unfollow(session, row.recipient.lower(), topic)


def _unfollow(session: Session, email: str, topic: str) -> None:
    mine = delete(Follower).where(Follower.email == email)
    if topic != EVERYTHING:
        mine = mine.where(Follower.campaign_id == int(topic.partition(":")[2]))
    session.execute(mine)

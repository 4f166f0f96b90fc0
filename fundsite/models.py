"""Every table in one place, for migrations and for whoever must not miss one."""

from fundsite.audit import AuditEntry
from fundsite.campaigns.models import Campaign, CampaignPicture, NextGoal
from fundsite.mail import OutboxMail
from fundsite.pledges.models import Pledge, PledgeEvent, StripeEvent
from fundsite.rewards.models import Reward, RewardPromise
from fundsite.site import Site
from fundsite.staff.models import Staff, StaffSession
from fundsite.updates.models import Update

ALL = (
    AuditEntry,
    Campaign,
    CampaignPicture,
    NextGoal,
    OutboxMail,
    Pledge,
    PledgeEvent,
    Reward,
    RewardPromise,
    Site,
    Staff,
    StaffSession,
    StripeEvent,
    Update,
)

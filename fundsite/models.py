"""Every table in one place, for migrations and for whoever must not miss one."""

from fundsite.audit import AuditEntry
from fundsite.books.models import LedgerEntry, Payout, PayoutLine
from fundsite.campaigns.models import Campaign, CampaignPicture, NextGoal
from fundsite.fulfilment.backer_models import (
    BackerIndex,
    BackerView,
    Export,
    ExportColumns,
    NotSameBacker,
    SameBacker,
)
from fundsite.fulfilment.models import Batch, BatchItem, BatchText, Obligation, PromiseWarning, Shipment
from fundsite.mail import OutboxMail
from fundsite.mail.suppression import Suppression
from fundsite.pledges.change_models import PledgeChange
from fundsite.pledges.checkout_models import OpenCheckout
from fundsite.pledges.models import CommentState, Payment, Pledge, PledgeEvent, Refund, StripeEvent
from fundsite.pledges.monthly.models import MonthlySupport
from fundsite.pledges.transfers.models import TransferRest, TransferReturn
from fundsite.receipts.models import Addressee, Receipt, ReceiptLine, ReceiptNumber, ReceiptReissue, ReceiptRun
from fundsite.rewards.models import Reward, RewardPromise
from fundsite.site import Site
from fundsite.staff.models import (
    Invitation,
    Passkey,
    PasswordReset,
    RecoveryCode,
    SpentChallenge,
    Staff,
    StaffRules,
    StaffSession,
    Tries,
)
from fundsite.supporters.models import DataRequest, LinkRequest
from fundsite.updates.following import Follower, FollowRequest, Notification
from fundsite.updates.models import Attachment, Milestone, Update, UpdateRevision

ALL = (
    Attachment,
    AuditEntry,
    *(BackerIndex, BackerView, Export, ExportColumns, NotSameBacker, SameBacker),
    *(Batch, BatchItem, BatchText, Obligation, PromiseWarning, Shipment),
    Campaign,
    CampaignPicture,
    CommentState,
    LedgerEntry,
    MonthlySupport,
    *(Payout, PayoutLine),
    NextGoal,
    OpenCheckout,
    OutboxMail,
    Payment,
    Pledge,
    PledgeEvent,
    *(Addressee, Receipt, ReceiptLine, ReceiptNumber, ReceiptReissue, ReceiptRun),
    Refund,
    Reward,
    RewardPromise,
    Site,
    Staff,
    StaffSession,
    *(Invitation, PasswordReset, RecoveryCode, StaffRules, Tries),
    *(Passkey, SpentChallenge),
    *(DataRequest, LinkRequest, PledgeChange),
    StripeEvent,
    TransferRest,
    TransferReturn,
    Follower,
    FollowRequest,
    Notification,
    Milestone,
    Suppression,
    Update,
    UpdateRevision,
)

"""What a supporter agrees to whose card is saved now and charged later, in the words of page, Stripe and mail alike."""

from fundsite.campaigns.models import Campaign
from fundsite.campaigns.present import closing_day
from fundsite.i18n import gettext as _
from fundsite.money import formatted
from fundsite.settings import current_settings
from fundsite.web import day


def saving_consent(campaign: Campaign, total: int) -> str:
    """Say the exact amount, when and on which condition it is charged, and that it is charged once."""
    end = closing_day(campaign)
    return _(
        "お申し込みの時点ではカードの登録のみで、お支払いはありません。%(day)sの募集終了までに目標金額%(goal)sに届いた場合に限り、"
        "募集終了後に%(total)sを一度だけ、登録したカードでお支払いいただきます。届かなかった場合、お支払いは一切ありません。"
    ) % {
        "day": day(end.astimezone(current_settings().timezone)) if end else "",
        "goal": formatted(campaign.goal, campaign.currency),
        "total": formatted(total, campaign.currency),
    }

"""What a supporter reads when a pledge cannot be made: why, that nothing was charged, and what is left to choose."""

from dataclasses import dataclass

from fundsite.campaigns.models import Campaign
from fundsite.errors import FundsiteError
from fundsite.i18n import gettext as _
from fundsite.labels import words
from fundsite.pledges.service import CheckoutUnavailable, NotOpen, SoldOut, TermsChanged, TooMany
from fundsite.pledges.vouchers import CannotGiveUp

REFUSALS = (SoldOut, NotOpen, TermsChanged, TooMany, CheckoutUnavailable)


@dataclass(frozen=True)
class Refusal:
    """A page's words and its HTTP status."""

    status: int
    title: str
    text: str
    offers_rewards: bool


def refusal_of(error: FundsiteError, campaign: Campaign) -> Refusal:
    """Find the words for a refused pledge."""
    said = words(campaign.wording)
    if isinstance(error, SoldOut):
        return Refusal(
            409,
            _("この%(reward)sは在庫がなくなりました") % {"reward": said.reward},
            _("残りがなくなりました。ほかの%(reward)sをお選びいただけます。") % {"reward": said.reward},
            offers_rewards=True,
        )
    if isinstance(error, TooMany):
        return Refusal(
            409,
            _("お一人さまの上限を超えています"),
            _("この%(reward)sは、お一人さま%(count)s点までとさせていただいています。")
            % {"reward": said.reward, "count": str(error)},
            offers_rewards=True,
        )
    if isinstance(error, TermsChanged):
        return Refusal(
            409,
            _("内容が変わりました"),
            _("ご確認いただいた内容と、現在の金額や%(reward)sが異なります。お手数ですが、もう一度お選びください。")
            % {"reward": said.reward},
            offers_rewards=True,
        )
    if isinstance(error, CheckoutUnavailable):
        return Refusal(
            503,
            _("決済サービスに接続できませんでした"),
            _("少し時間をおいて、もう一度お試しください。"),
            offers_rewards=False,
        )
    if isinstance(error, CannotGiveUp):
        return Refusal(
            409,
            _("いまは取りやめられません"),
            _(
                "お支払いの手続きが進んでいるため、取りやめることができませんでした。お困りのときはお問い合わせください。"
            ),
            offers_rewards=False,
        )
    return not_open(campaign)


def too_many_open(error: FundsiteError) -> Refusal:
    """Find the words for a visitor who has as many pledges at checkout as may be."""
    text = _(
        "お支払いの済んでいないお申し込みが、同じブラウザーまたは同じ回線で%(count)s件になりました。続きから再開するか、取りやめてから、新しくお手続きください。ほかの方がお手続き中のときは、しばらく時間をおいてお試しください。"
    )
    return Refusal(429, _("お手続き中のお申し込みが重なっています"), text % {"count": str(error)}, offers_rewards=False)


def not_open(campaign: Campaign) -> Refusal:
    """Find the words for a campaign that takes no pledges now."""
    said = words(campaign.wording)
    return Refusal(
        409,
        _("ただいま受け付けていません"),
        _("このプロジェクトは現在、オンラインでの%(pledge)sを受け付けていません。募集期間をご確認ください。")
        % {"pledge": said.pledge},
        offers_rewards=False,
    )


def unknown_reward(campaign: Campaign) -> Refusal:
    """Find the words for a reward that the campaign does not have."""
    said = words(campaign.wording)
    return Refusal(
        404,
        _("お探しの%(reward)sが見つかりません") % {"reward": said.reward},
        _("リンクが古いか、%(reward)sの内容が変わった可能性があります。下からお選びください。")
        % {"reward": said.reward},
        offers_rewards=True,
    )

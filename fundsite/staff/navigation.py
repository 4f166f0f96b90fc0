"""The staff room's navigation: each entry is shown to those whose role may call its view."""

from dataclasses import dataclass

from flask import current_app, g

from fundsite.i18n import gettext as _


@dataclass(frozen=True)
class NavItem:
    """An entry; `about` says on the first page what is done there.

    One that is `within` another stands on the first page, and among the tabs of that other one: not in the header.
    """

    endpoint: str
    label: str
    about: str = ""
    within: str = ""

    @property
    def room(self) -> str:
        """The blueprint whose pages belong to the entry, with those whose names begin like it."""
        return self.endpoint.partition(".")[0]


def _all() -> tuple[NavItem, ...]:
    return (
        NavItem("dashboard.campaigns", _("プロジェクト"), _("集まり具合、応援コメント")),
        NavItem("campaigns_manage.index", _("プロジェクトの編集"), _("新しく作る、ページを書く、公開する")),
        NavItem("reports.index", _("活動報告"), _("報告を書く、公開する")),
        NavItem("notifications.index", _("お知らせメール"), _("活動報告を、読んでくださる方にメールで知らせる")),
        NavItem("backers.index", _("支援者一覧"), _("支援者を探す、メモ、ファイルへの書き出し")),
        NavItem("money.index", _("会計"), _("入金、返金、現金・振込の登録、帳簿")),
        NavItem("receipts.index", _("領収書"), _("領収書・寄附金受領証明書の発行、寄附者名簿"), "money.index"),
        NavItem(
            "transfers.index", _("銀行振込の過不足"), _("金額が足りない、または多いお振り込みへの対応"), "money.index"
        ),
        NavItem("shipping.index", _("発送室"), _("リターンの発送: 集める、締め切る、送り状のファイルを作る")),
        NavItem("personal_data.index", _("個人情報"), _("開示・訂正・削除の請求、専用ページのリンク"), "backers.index"),
        NavItem("people.index", _("スタッフ"), _("招待、役割の変更、2段階認証の設定")),
        NavItem("audit_log.index_log", _("操作の記録"), _("だれが、いつ、何をしたか"), "people.index"),
    )


def staff_nav() -> list[NavItem]:
    """Return the entries for whoever makes this request."""
    role = g.staff.role
    views = current_app.view_functions
    return [item for item in _all() if role in getattr(views[item.endpoint], "access", ())]


def here(item: NavItem, blueprint: str) -> bool:
    """Whether a page of this blueprint belongs to an entry of the header, or to one within it."""
    rooms = [one.room for one in _all() if item.endpoint in (one.endpoint, one.within)]
    return any(f"{blueprint}_".startswith(f"{room}_") for room in rooms)

"""The door's words for what the tables name in code: roles, and what the audit log is about."""

from collections.abc import Mapping

from fundsite.access import ACCOUNTANT, EDITOR, FULFILMENT, OWNER
from fundsite.i18n import gettext as _


def role_label(role: str) -> str:
    """Return how people call a role."""
    return {
        OWNER: _("管理者"),
        EDITOR: _("編集"),
        FULFILMENT: _("発送"),
        ACCOUNTANT: _("経理"),
    }.get(role, role)


def role_hint(role: str) -> str:
    """Say what a role may do, in a line."""
    return {
        OWNER: _("すべての操作と、スタッフの管理ができます。"),
        EDITOR: _("プロジェクトと活動報告を編集できます。支援者の個人情報は見られません。"),
        FULFILMENT: _("お届け先を見て発送を進められます。お金に関わる操作はできません。"),
        ACCOUNTANT: _("お金の動きを確認し、書き出せます。文章の編集はできません。"),
    }.get(role, "")


def object_label(object_type: str) -> str:
    """Return a kind of object in words; one that has none is shown as it is written down."""
    return {
        "staff": _("スタッフ"),
        "invitation": _("招待"),
        "staff_rules": _("スタッフルームの設定"),
        "campaign": _("プロジェクト"),
        "reward": _("リターン"),
        "update": _("活動報告"),
        "pledge": _("支援"),
        "payout": _("Stripeからの振込"),
        "site": _("サイト"),
        "next_goal": _("ネクストゴール"),
        "batch": _("発送バッチ"),
        "receipt": _("領収書"),
        "receipt_run": _("領収書のまとめ発行"),
        "export": _("書き出し"),
        "export_columns": _("書き出す列"),
        "backers": _("支援者一覧"),
        "backer_view": _("支援者一覧の条件"),
    }.get(object_type, object_type)


def detail_words(detail: Mapping[str, object]) -> str:
    """Return what else was written down of an act; what has no words is shown as it is."""
    keys = {
        "role": _("役割"),
        "before": _("変更前"),
        "after": _("変更後"),
        "way": _("方法"),
        "at": _("段階"),
        "amount": _("金額"),
        "until": _("期限"),
        "sessions_closed": _("サインアウトした端末"),
        "required": _("必須"),
        "count": _("件数"),
        "quantity": _("数量"),
        "source": _("受取方法"),
        "stock": _("在庫に戻す"),
        "refund": _("返金の番号"),
        "format": _("ファイルの種類"),
    }
    values = {
        "password": _("パスワード"),
        "code": _("確認コード"),
        "recovery_code": _("予備コード"),
        "passkey": _("パスキー"),
        "invitation": _("招待"),
        "True": _("はい"),
        "False": _("いいえ"),
    }
    said = ((keys.get(key, key), values.get(str(value), role_label(str(value)))) for key, value in detail.items())
    return "、".join(f"{key}: {value}" for key, value in said)

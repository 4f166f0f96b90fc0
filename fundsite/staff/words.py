"""The door's words for what the tables name in code: roles, and acts of the audit log."""

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


def action_label(action: str) -> str:
    """Return an act in words; one that has none is shown as it is written down."""
    return {
        "transfer.wait": _("不足したお振り込みの期限の延長"),
        "transfer.return": _("お振り込みの返金"),
        "transfer.keep": _("お振り込みの過剰分の対応済みの記録"),
        "staff.added": _("スタッフの追加（サーバーから）"),
        "staff.signed_in": _("サインイン"),
        "staff.sign_in_failed": _("サインインの失敗"),
        "staff.signed_out": _("サインアウト"),
        "staff.signed_out_elsewhere": _("ほかの端末のサインアウト"),
        "staff.password_changed": _("パスワードの変更"),
        "staff.reset_asked": _("パスワード再設定メールの依頼"),
        "staff.password_reset": _("パスワードの再設定"),
        "staff.codes_on": _("2段階認証の開始"),
        "staff.codes_off": _("2段階認証の停止"),
        "staff.recovery_codes_renewed": _("予備コードの作り直し"),
        "staff.passkey_added": _("パスキーの追加"),
        "staff.passkey_removed": _("パスキーの削除"),
        "staff.codes_required": _("2段階認証の必須設定の変更"),
        "staff.renamed": _("名前の変更"),
        "staff.role_changed": _("役割の変更"),
        "staff.disabled": _("スタッフの停止"),
        "staff.enabled": _("スタッフの再開"),
        "staff.invited": _("招待"),
        "staff.invitation_withdrawn": _("招待の取り消し"),
        "staff.invitation_accepted": _("招待の承諾"),
        "refund.asked": _("返金"),
        "refund.tried_again": _("返金のやり直し"),
        "refund.given_otherwise": _("別の方法での返金"),
        "refund.given_up": _("返金のとりやめ"),
        "pledge.stock_returned": _("リターンを在庫に戻す"),
        "payment.accepted": _("違う金額のお支払いの受け入れ"),
        "payment.refused": _("違う金額のお支払いの返金"),
        "offline.entered": _("現金・振込の登録"),
        "offline.imported": _("現金・振込のCSV登録"),
        "books.exported": _("帳簿の書き出し"),
        "link.replaced": _("専用ページのリンクの作り直し"),
        "data_request.done": _("個人情報の請求への対応"),
        "personal_data.shown": _("個人情報の開示の準備"),
        "personal_data.erased": _("個人情報の消去"),
        "personal_data.expired": _("保管期間を過ぎた住所と電話番号の消去"),
        "backers.export_asked": _("支援者一覧の書き出しの依頼"),
        "backers.exported": _("支援者一覧の書き出し"),
        "backers.export_fetched": _("書き出したファイルの受け取り"),
        "backers.columns_chosen": _("書き出す列の変更"),
        "backers.view_saved": _("支援者一覧の条件の保存"),
        "backers.view_dropped": _("支援者一覧の条件の削除"),
        "backers.noted_same": _("同じ支援者としての記録"),
        "backers.noted_apart": _("同じ支援者の記録の取り消し"),
        "backers.noted_different": _("別の支援者としての記録"),
        "pledge.memo": _("メモの変更"),
    }.get(action, action)


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

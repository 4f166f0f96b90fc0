"""The acts of the audit log in words, by the room in which they are done."""

from fundsite.i18n import gettext as _


def action_label(action: str) -> str:
    """Return an act in words; one that has none is shown as it is written down."""
    for room in (_door, _campaigns, _reports, _money, _shipping, _supporters):
        if action in (words := room()):
            return words[action]
    return action


def _door() -> dict[str, str]:
    return {
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
    }


def _campaigns() -> dict[str, str]:
    return {
        "campaign.create": _("プロジェクトの作成"),
        "campaign.open": _("プロジェクトの公開"),
        "campaign.cover": _("メイン画像の変更"),
        "campaign.basics": _("プロジェクトの基本情報の変更"),
        "campaign.period": _("募集期間の変更"),
        "campaign.goal": _("目標金額の変更"),
        "campaign.story": _("ストーリーの変更"),
        "campaign.budget": _("資金の使い道の変更"),
        "campaign.faq": _("よくあるご質問の変更"),
        "campaign.partners": _("連携団体の変更"),
        "campaign.thanks": _("お礼メールの変更"),
        "next_goal.add": _("ネクストゴールの追加"),
        "next_goal.change": _("ネクストゴールの変更"),
        "next_goal.remove": _("ネクストゴールの削除"),
        "reward.add": _("リターンの追加"),
        "reward.change": _("リターンの変更"),
        "reward.arrange": _("リターンの並べ替え"),
        "reward.remove": _("リターンの削除"),
        "reward.shows_shipped": _("発送状況の公開の切り替え"),
        "picture.add": _("画像の追加"),
        "picture.describe": _("画像の説明の変更"),
    }


def _reports() -> dict[str, str]:
    return {
        "report.begun": _("活動報告の作成"),
        "report.edited": _("活動報告の編集"),
        "report.changed": _("公開中の活動報告の変更"),
        "report.picture_added": _("活動報告への画像の追加"),
        "report.file_added": _("活動報告へのファイルの追加"),
        "report.scheduled": _("活動報告の公開予約"),
        "report.unscheduled": _("活動報告の公開予約の取り消し"),
        "report.published": _("活動報告の公開"),
        "report.withdrawn": _("活動報告の非公開化"),
        "report.deleted": _("活動報告の削除"),
        "notification.test": _("お知らせメールの試し送り"),
        "notification.start": _("お知らせメールの送信"),
        "notification.stop": _("お知らせメールの停止"),
        "notification.resume": _("お知らせメールの再開"),
        "comment.replied": _("応援コメントへの返信"),
        "comment.reply_removed": _("応援コメントへの返信の削除"),
        "comment.hidden": _("応援コメントの非表示"),
        "comment.shown": _("応援コメントの再表示"),
        "comment.pinned": _("応援コメントの固定"),
        "comment.unpinned": _("応援コメントの固定の解除"),
    }


def _money() -> dict[str, str]:
    return {
        "transfer.wait": _("不足したお振り込みの期限の延長"),
        "transfer.return": _("お振り込みの返金"),
        "transfer.keep": _("お振り込みの過剰分の対応済みの記録"),
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
        "receipt.issued": _("領収書の発行"),
        "receipt.reissued": _("領収書の再発行"),
        "receipt.voided": _("領収書の無効化"),
        "receipt.sent": _("領収書のメール送信"),
        "receipt.downloaded": _("領収書のダウンロード"),
        "receipt_run.asked": _("領収書のまとめ発行"),
        "receipts.exported": _("領収書ファイルの書き出し"),
        "donors.exported": _("寄附者名簿の書き出し"),
    }


def _shipping() -> dict[str, str]:
    return {
        "batch.open": _("発送バッチの作成"),
        "batch.announce": _("お届け先確認のお知らせ"),
        "batch.lock": _("発送バッチの締め切り"),
        "batch.describe": _("品名・ご依頼主の変更"),
        "batch.correct": _("荷物の宛先の修正"),
        "batch.take_out": _("発送バッチから外す"),
        "batch.file": _("発送ファイルのダウンロード"),
        "batch.paper": _("ラベル・納品書などのダウンロード"),
        "batch.write": _("メールで届けるリターンの文面の変更"),
        "batch.attach": _("メールで届けるファイルの追加"),
        "batch.detach": _("メールで届けるファイルの削除"),
        "batch.ship": _("発送の記録"),
        "batch.unship": _("発送の記録の取り消し"),
        "batch.track": _("追跡番号の取り込み"),
        "batch.returned": _("戻ってきた荷物の記録"),
        "batch.dissolve": _("発送バッチの解散"),
        "batch.finish": _("発送バッチの終了"),
        "export.carrier": _("運送会社のファイルの書き出し（サーバーから）"),
    }


def _supporters() -> dict[str, str]:
    return {
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
    }

"""What the shipping room calls things that the tables name in code."""

from fundsite.fulfilment.owed import ABROAD
from fundsite.fulfilment.preflight import Doubt
from fundsite.i18n import gettext as _


def kind_label(kind: str) -> str:
    """Say how a batch goes out."""
    return {
        "b2cloud": _("ヤマト運輸（B2クラウド）"),
        "clickpost": _("クリックポスト"),
        "yupri": _("ゆうパックなど（ゆうプリR）"),
        "labels": _("宛名ラベル"),
        "mail": _("メール・ダウンロード"),
    }[kind]


def courier_label(name: str) -> str:
    """Name a courier."""
    return {
        "yamato": _("ヤマト運輸"),
        "japanpost": _("日本郵便"),
        "other": _("ほかの方法"),
        "mail": _("メール"),
    }.get(name, name)


def step_label(status: str) -> str:
    """Say at which step a batch is."""
    return {
        "open": _("集めました"),
        "announced": _("お知らせしました"),
        "locked": _("締め切りました"),
        "done": _("発送が終わりました"),
        "dissolved": _("取りやめました"),
    }[status]


def region_label(region: str) -> str:
    """Name a prefecture, or wherever none is."""
    return _("海外") if region == ABROAD else region


def field_label(name: str) -> str:
    """Name what a parcel or its sender has."""
    return {
        "name": _("お名前"),
        "honorific": _("敬称"),
        "phone": _("電話番号"),
        "postal_code": _("郵便番号"),
        "region": _("都道府県"),
        "city": _("市区町村"),
        "line1": _("番地"),
        "line2": _("建物名・部屋番号"),
        "country": _("国"),
        "status": _("お支払い"),
        "contents": _("品名"),
        "ship_on": _("発送予定日"),
        "slip": _("送り状の種類"),
        "customer_code": _("請求先顧客コード"),
        "freight_code": _("運賃管理番号"),
        "sender_name": _("ご依頼主の名前"),
        "sender_phone": _("ご依頼主の電話番号"),
        "sender_postal_code": _("ご依頼主の郵便番号"),
        "sender_address": _("ご依頼主の住所"),
        "sender_building": _("ご依頼主の建物名"),
    }[name]


def doubt_words(doubt: Doubt) -> str:
    """Say what is doubtful, in one sentence."""
    said = {
        "void": _("返金されました。このバッチから外してください。"),
        "abroad": _("海外のお届け先です。この運送会社のファイルには載せられません。"),
        "missing": _("入力がありません。"),
        "letters": _("運送会社のファイルで使えない文字があります。"),
        "long": _("長すぎます（%(most)s文字まで）。") % {"most": doubt.detail},
        "too_long": _("住所が長すぎて、送り状の行（%(most)s文字）に収まりません。") % {"most": doubt.detail},
        "split": _("住所を、送り状では次のように分けます。"),
        "elsewhere": _("この郵便番号の地域（%(place)s）と、住所が違うようです。") % {"place": doubt.detail},
    }
    if doubt.kind == "unknown":
        return _("郵便番号の一覧にありません。") if doubt.about == "postal_code" else _("選び直してください。")
    return said[doubt.kind]


def match_label(state: str) -> str:
    """Say what applying does with a row of a carrier's file, or why it does nothing."""
    return {
        "ready": _("発送済みにします"),
        "adds": _("番号を加えます"),
        "known": _("取り込み済み"),
        "repeated": _("同じ行が2回あります"),
        "no_number": _("追跡番号がありません"),
        "unknown": _("この受付番号は見つかりません"),
        "several": _("番号が2つ以上あります"),
        "other_number": _("別の番号で発送済みです"),
        "came_back": _("この番号の荷物は戻ってきています"),
        "void": _("返金されました"),
        "unlocked": _("締め切ったバッチにありません"),
    }[state]


def match_doubt(doubt: str) -> str:
    """Say what looks odd about a tracking number."""
    return {
        "shape": _("この運送会社の番号の形ではありません。"),
        "check_digit": _("番号のどこかが違うようです（検査数字が合いません）。"),
        "twice": _("同じ番号が、ほかの受付番号にもあります。"),
    }[doubt]

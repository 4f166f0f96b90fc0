"""The form: only what the reward needs, input as people type it, and what is wrong said beside its field."""

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import func, select

from fundsite import clock
from fundsite.pledges.models import Pledge
from fundsite.pledges.origin import ORIGIN
from fundsite.rewards.models import Reward
from support.databases import on_sqlite
from support.factories import ADDRESS, BACKER, confirmed, filled, pledged
from support.site import hidden_fields

FIELD = re.compile(r'<(?:input|select|textarea)[^>]*\bname="([^"]+)"[^>]*>')
UNSEEN = {"csrf_token", "reward", "attempt", "total", *ORIGIN}
WHO = {"name", "email"}
WORDS = {"display_name", "anonymous", "comment", "newsletter", "consent"}
HOME = {"kana", "phone", "postal_code", "region", "city", "line1", "line2"}


def fields_of(html):
    return set(FIELD.findall(html)) - UNSEEN


def message_beside(html, name):
    """Return what is said beside a field, having checked that the field points at it."""
    found = re.search(rf'<p class="field-error"\s+id="{name}-error">(.*?)</p>', html, re.DOTALL)
    if found is None:
        return None
    tag = re.search(rf'<(?:input|select|textarea)[^>]*\bid="{name}"[^>]*>', html)[0]
    assert 'aria-invalid="true"' in tag, tag
    assert f"{name}-error" in re.search(r'aria-describedby="([^"]*)"', tag)[1].split(), tag
    assert f'href="#{name}"' in html, "the summary links to the field"
    assert 'role="alert"' in html
    words = re.sub(r"<[^>]+>", "", found[1])
    return unescape(words).replace("エラー:", "").strip()


def nothing_written(site):
    assert site.one(select(func.count(Pledge.id))) == 0
    assert site.one(select(func.sum(Reward.claimed))) in (0, None)
    return True


@pytest.mark.parametrize(
    ("reward", "asked"),
    [
        (None, {"extra"}),
        ({}, {"extra", "quantity"}),
        ({"per_backer": 1}, {"extra"}),
        ({"shipping": "japan"}, {"extra", "quantity"} | HOME),
        ({"shipping": "worldwide"}, {"extra", "quantity", "country"} | HOME),
        ({"questions": [{"label": "サイズ", "required": True}, {"label": "色"}]}, {"extra", "quantity", "q_1", "q_2"}),
    ],
    ids=["no reward", "nothing to send", "one per person", "sent in Japan", "sent abroad", "questions"],
)
@on_sqlite
def test_only_what_the_chosen_reward_needs_is_asked(site, make, reward, asked):
    campaign = make.campaign()
    if reward is not None:
        make.reward(campaign, **reward)
    page = site.get("/c/ie/pledge" + ("?reward=A" if reward is not None else ""))
    assert page.status_code == 200
    assert fields_of(page.text) == asked | WHO | WORDS


WRONG = [
    ({"name": ""}, "name", "お名前を入力してください。"),
    ({"name": " 　 "}, "name", "お名前を入力してください。"),
    ({"name": "名" * 121}, "name", "120文字以内で入力してください。"),
    ({"email": ""}, "email", "メールアドレスを入力してください。"),
    ({"email": "hanako"}, "email", "メールアドレスの形が正しくありません。例: hanako@example.jp"),
    ({"email": "花子@example.jp"}, "email", "メールアドレスの形が正しくありません。例: hanako@example.jp"),
    ({"kana": ""}, "kana", "フリガナを入力してください。"),
    ({"phone": ""}, "phone", "電話番号を入力してください。"),
    ({"phone": "電話なし"}, "phone", "電話番号は数字で入力してください。例: 03-1234-5678"),
    ({"postal_code": ""}, "postal_code", "郵便番号を入力してください。"),
    ({"postal_code": "12-3456"}, "postal_code", "郵便番号は7桁の数字で入力してください。例: 123-4567"),
    ({"region": ""}, "region", "都道府県を選んでください。"),
    ({"region": "カナダ"}, "region", "都道府県を選んでください。"),
    ({"city": ""}, "city", "市区町村を入力してください。"),
    ({"line1": ""}, "line1", "町名・番地を入力してください。"),
    ({"line2": "棟" * 121}, "line2", "120文字以内で入力してください。"),
    ({"quantity": "0"}, "quantity", "数量は1から3までで入力してください。"),
    ({"quantity": "４"}, "quantity", "数量は1から3までで入力してください。"),
    ({"quantity": "たくさん"}, "quantity", "数量は数字で入力してください。"),
    ({"extra": "-500"}, "extra", "金額は数字で入力してください。例: 3000"),
    ({"extra": "99999999"}, "extra", "9,996,999円以下で入力してください。"),
    ({"q_1": ""}, "q_1", "ご回答を入力してください。"),
    ({"q_1": "答" * 501}, "q_1", "500文字以内で入力してください。"),
    ({"display_name": "名" * 61}, "display_name", "60文字以内で入力してください。"),
    ({"comment": "言" * 1001}, "comment", "1000文字以内で入力してください。"),
    ({"consent": ""}, "consent", "個人情報の取り扱いについてご確認のうえ、チェックを入れてください。"),
]


@on_sqlite
def test_every_wrong_field_keeps_what_was_typed_and_says_what_is_wrong_beside_it(site, make):
    make.reward(
        make.campaign(),
        shipping="japan",
        per_backer=3,
        questions=[{"label": "サイズ", "required": True}, {"label": "色"}],
    )
    browser = site.browser()
    for typed, field, message in WRONG:
        sent = {**ADDRESS, "quantity": "2", "extra": "500", "q_1": "Ｍ", "q_2": "青", **typed}
        reply = filled(browser, **sent)
        assert reply.status_code == 422, typed
        assert message_beside(reply.text, field) == message, typed
        for name, value in {
            "name": "髙橋 花子",
            "city": "見本区",
            "q_2": "青",
            "comment": "応援しています。",
            **typed,
        }.items():
            assert name == "region" or not value.strip() or value.strip() in unescape(reply.text), (
                f"{name} was lost with {typed}"
            )
        others = {name for name in sent if name != field and message_beside(reply.text, name) is not None}
        assert not others, f"{typed} is held against {others}"
    assert nothing_written(site)


@on_sqlite
def test_several_mistakes_are_all_said_at_once(site, make):
    make.reward(make.campaign())
    reply = filled(site.browser(), name="", email="x", consent="")
    assert reply.status_code == 422
    assert [bool(message_beside(reply.text, name)) for name in ("name", "email", "consent")] == [True, True, True]


@on_sqlite
def test_the_messages_are_english_on_an_english_page(site, make):
    make.reward(make.campaign(), shipping="worldwide")
    reply = filled(
        site.browser(), prefix="/en", name="", email="x", quantity="x", extra="x", **{**ADDRESS, "country": "??"}
    )
    assert reply.status_code == 422
    for name in ("name", "email", "quantity", "extra", "country"):
        assert message_beside(reply.text, name).isascii(), name


def test_input_is_understood_as_people_in_japan_type_it(site, make):
    make.reward(make.campaign(), shipping="japan", amount=3_000)
    browser = site.browser()
    typed = {
        **ADDRESS,
        "name": "　髙﨑　𠮷田㈱ ",
        "email": "ｈａｎａｋｏ＠ｅｘａｍｐｌｅ．ｊｐ",
        "kana": "ﾀｶｻｷ よしだ",
        "phone": "０９０ー１２３４ー５６７８",
        "postal_code": "〒１２３ー４５６７",
        "region": "東京",
        "quantity": "２",
        "extra": "￥１，０００円",
        "comment": "①ありがとう\r\n\r\n\r\n\r\n◆ｶﾞﾝﾊﾞﾚ",
    }
    assert pledged(browser, **typed).status_code == 303
    pledge = site.one(select(Pledge))
    assert (pledge.name, pledge.email, pledge.kana) == ("髙﨑 𠮷田㈱", "hanako@example.jp", "タカサキ ヨシダ")
    assert (pledge.phone, pledge.postal_code, pledge.region) == ("090-1234-5678", "123-4567", "東京都")
    assert (pledge.country, pledge.quantity, pledge.extra, pledge.total) == ("JP", 2, 1_000, 7_000)
    assert pledge.comment == "①ありがとう\n\n◆ガンバレ"


def test_abroad_an_address_is_taken_as_it_is_written_there(site, make):
    make.reward(make.campaign(), shipping="worldwide")
    typed = {**ADDRESS, "postal_code": "SW1A 1AA", "region": "Greater London", "kana": "", "country": "GB"}
    assert pledged(site.browser(), **typed).status_code == 303
    pledge = site.one(select(Pledge))
    assert (pledge.country, pledge.postal_code, pledge.region) == ("GB", "SW1A 1AA", "Greater London")


@on_sqlite
def test_the_list_of_countries_holds_countries_alone(site, make):
    make.reward(make.campaign(), shipping="worldwide")
    codes = re.findall(r'<option[^>]* value="([A-Z]{2})"', site.get("/c/ie/pledge?reward=A").text)
    assert codes[0] == "JP"
    assert len(codes) == len(set(codes)) > 200
    assert not {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"} & set(codes)


def test_answers_are_kept_beside_their_questions(site, make):
    make.reward(make.campaign(), questions=[{"label": "サイズ", "required": True}, {"label": "色", "required": False}])
    assert pledged(site.browser(), q_1="Ｍ", q_2="").status_code == 303
    assert site.one(select(Pledge)).answers == [
        {"question": "サイズ", "answer": "Ｍ"},
        {"question": "色", "answer": ""},
    ]


@on_sqlite
def test_a_free_amount_has_the_campaigns_minimum_and_at_least_stripes(site, make):
    make.campaign("ie", minimum=500)
    make.campaign("mori", minimum=1)
    for slug, typed, status in (
        ("ie", "499", 422),
        ("ie", "500", 200),
        ("ie", "", 422),
        ("ie", "9999999", 200),
        ("ie", "10000000", 422),
        ("mori", "49", 422),
        ("mori", "５０", 200),
    ):
        reply = filled(site.browser(), slug, "", extra=typed)
        assert reply.status_code == status, (slug, typed)
        assert bool(message_beside(reply.text, "extra")) == (status == 422)


@on_sqlite
def test_a_total_too_large_for_one_payment_is_refused_beside_the_amount(site, make):
    make.reward(make.campaign(), amount=3_000_000)
    reply = filled(site.browser(), quantity="3", extra="999999")
    assert reply.status_code == 200
    reply = filled(site.browser(), quantity="3", extra="1000000")
    assert reply.status_code == 422
    assert "9,999,999円を超えています" in message_beside(reply.text, "extra")


@on_sqlite
def test_the_confirmation_says_the_six_things_that_the_law_wants(site, make):
    ends = clock.end_of_day(clock.local_day(clock.now() + timedelta(days=5), site.timezone), site.timezone)
    make.reward(make.campaign(ends_at=ends), amount=3_000, title="お礼状")
    reply = filled(site.browser(), quantity="2", extra="500")
    text = unescape(re.sub(r"<[^>]+>", " ", reply.text))
    last = clock.local_day(ends - timedelta(seconds=1), site.timezone)
    for said in (
        "A: お礼状 × 2",
        "6,500円（税・送料込み）",
        "クレジットカード。",
        "2027年5月末までにお届けします。",
        f"{last.year}年{last.month}月{last.day}日の終わり（日本時間）まで",
        "原則としてお受けしていません",
    ):
        assert said in text
    assert nothing_written(site)


@on_sqlite
def test_what_was_typed_is_read_once_more_and_never_runs_as_html(site, make):
    make.reward(make.campaign())
    reply = filled(site.browser(), name="<script>alert(1)</script>", comment='"><img src=x onerror=alert(1)>')
    assert reply.status_code == 200
    assert "<script>alert" not in reply.text
    assert "<img src=x" not in reply.text
    assert "&lt;script&gt;" in reply.text


@on_sqlite
def test_going_back_to_correct_keeps_what_was_typed(site, make):
    make.reward(make.campaign(), shipping="japan")
    browser = site.browser()
    hidden = confirmed(browser, **ADDRESS, quantity="2")
    reply = browser.post("/c/ie/pledge/confirm", data={**hidden, "edit": "1"})
    assert reply.status_code == 200
    assert "見本町1-2-3" in reply.text
    assert fields_of(reply.text) >= HOME
    again = hidden_fields(reply.text)
    assert again["attempt"] == hidden["attempt"]
    assert nothing_written(site)


@on_sqlite
def test_strange_bytes_are_a_wrong_form_and_no_failure(site, make):
    make.reward(make.campaign())
    for strange in ("\x00", "\ud800".encode("utf-8", "surrogatepass"), b"\xff\xfe", "\u202e", "A" * 100_000):
        for name in (*BACKER, "extra", "quantity"):
            reply = filled(site.browser(), **{name: strange})
            assert reply.status_code in {200, 422}, (name, strange)

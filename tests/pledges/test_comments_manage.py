"""Comments: staff answer, put first and hide; the public page, the backer's room and the audit log follow."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select, update

from fundsite import clock
from fundsite.access import ACCOUNTANT, EDITOR, FULFILMENT
from fundsite.audit import AuditEntry
from fundsite.campaigns.models import NextGoal
from fundsite.db import db
from fundsite.pledges import access, moderation
from fundsite.pledges.comments import backers_page, newest_comments
from fundsite.pledges.models import CommentState, Pledge
from support.staffroom import send, signed_in

PAGE = "/staff/campaigns/ie/comments/"
PUBLIC = ("/c/ie/", "/c/ie/backers/")
XSS = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture
def campaign(make):
    return make.campaign()


@pytest.fixture
def editor(site):
    return signed_in(site, EDITOR)


def act(browser, pledge, what, **typed):
    reply = send(browser, f"{PAGE}?show=all", f"{PAGE}{pledge.id}/{what}?show=all", **typed)
    assert reply.status_code == 303, reply.text
    assert reply.location.endswith(f"?show=all#comment-{pledge.id}")
    return browser.get(reply.location).text


def room_of(site, pledge):
    """Return the backer's own page, whose link is made of the reference."""
    with site.inside():
        token = access.token_of(pledge.reference)
    site.change(update(Pledge).where(Pledge.id == pledge.id).values(token_hash=access.token_hash(token)))
    return site.get(f"/pledges/{token}/").text


def acts(site):
    rows = site.rows(select(AuditEntry.action, AuditEntry.object_type, AuditEntry.object_id).order_by(AuditEntry.id))
    return [tuple(row) for row in rows if row.action.startswith("comment.")]


def texts(site, campaign, limit=6):
    with site.inside():
        return [comment.text for comment in newest_comments(campaign.id, limit)]


def test_staff_read_public_words_and_nothing_else(make, campaign, editor):
    reward = make.reward(campaign)
    make.paid(campaign, reward, comment="応援しています", display_name="はなこ", name="山田 花子", email="h@example.jp")
    make.paid(campaign, comment="こっそり応援", display_name="ひみつ", anonymous=True)
    make.paid(campaign, status="refunded", comment="返金された言葉")
    html = editor.get(PAGE).text
    for word in ("応援しています", "はなこ", "Aを選択", "こっそり応援", "匿名"):
        assert word in html
    for word in ("山田", "h@example.jp", "ひみつ", "返金された言葉", "TEST-"):
        assert word not in html


@pytest.mark.parametrize("role", [FULFILMENT, ACCOUNTANT])
def test_who_may_not_edit_may_not_moderate(site, make, campaign, role):
    pledge = make.paid(campaign, comment="応援しています")
    browser = signed_in(site, role)
    assert browser.get(PAGE).status_code == 403
    for what in ("reply", "hide", "show", "pin", "unpin"):
        assert send(browser, "/staff/", f"{PAGE}{pledge.id}/{what}", reply="x").status_code == 403
    assert site.rows(select(CommentState)) == []
    assert PAGE not in browser.get("/staff/campaigns/").text


def test_a_reply_stands_under_the_comment_and_in_the_backers_room(site, make, campaign, editor):
    pledge = make.paid(campaign, comment="応援しています")
    html = act(editor, pledge, "reply", seen="", reply="ありがとう ございます。\r\n励みになります。")
    assert "返信を保存しました。" in html
    for page in PUBLIC:
        public = site.get(page).text
        assert "fundsiteからの返信" in public
        assert "ありがとう ございます。\n励みになります。" in public
    assert "励みになります。" in room_of(site, pledge)
    assert acts(site) == [("comment.replied", "pledge", str(pledge.id))]


def test_an_empty_reply_takes_the_answer_back(site, make, campaign, editor):
    pledge = make.paid(campaign, comment="応援しています")
    act(editor, pledge, "reply", seen="", reply="ありがとうございます。")
    seen = site.one(select(CommentState.replied_at)).isoformat()
    assert "返信を取り消しました。" in act(editor, pledge, "reply", seen=seen, reply="  ")
    assert "からの返信" not in site.get("/c/ie/").text
    assert [action for action, *_ in acts(site)] == ["comment.replied", "comment.reply_removed"]


def test_of_two_who_answer_at_once_the_later_is_told_and_loses_nothing(site, make, campaign, editor):
    pledge = make.paid(campaign, comment="応援しています")
    act(editor, pledge, "reply", seen="", reply="先の返信です。")
    reply = send(signed_in(site), PAGE + "?show=all", f"{PAGE}{pledge.id}/reply", seen="", reply="後の返信です。")
    assert reply.status_code == 409
    assert "先の返信です。" in reply.text
    assert "後の返信です。" in reply.text
    assert site.one(select(CommentState.reply)) == "先の返信です。"
    seen = site.one(select(CommentState.replied_at)).isoformat()
    assert f'value="{seen}"' in reply.text.replace("&#43;", "+")
    act(editor, pledge, "reply", seen=seen, reply="後の返信です。")
    assert site.one(select(CommentState.reply)) == "後の返信です。"


def test_a_reply_that_is_too_long_comes_back_as_it_was_typed(site, make, campaign, editor):
    pledge = make.paid(campaign, comment="応援しています")
    reply = send(editor, PAGE, f"{PAGE}{pledge.id}/reply", seen="", reply="あ" * 1001)
    assert reply.status_code == 422
    assert "1000文字以内" in reply.text
    assert "あ" * 1001 in reply.text
    assert site.rows(select(CommentState)) == []


def test_what_staff_and_backers_type_is_text_wherever_it_is_shown(site, make, campaign, editor):
    pledge = make.paid(campaign, comment=XSS, display_name=XSS)
    act(editor, pledge, "reply", seen="", reply=XSS)
    pages = [site.get(page).text for page in PUBLIC] + [room_of(site, pledge), editor.get(f"{PAGE}?show=all").text]
    act(editor, pledge, "hide", reason=XSS)
    pages += [room_of(site, pledge), editor.get(f"{PAGE}?show=hidden").text]
    for html in pages:
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert "&lt;script&gt;alert(1)" in html


def test_a_hidden_comment_leaves_every_public_page_at_once_and_its_backer_reads_why(site, make, campaign, editor):
    pledge = make.paid(campaign, comment="困った言葉", display_name="困った名前")
    act(editor, pledge, "reply", seen="", reply="お返事です。")
    html = act(editor, pledge, "hide", reason="ほかの方のお名前が含まれているためです。")
    assert "非公開" in html
    for page in PUBLIC:
        public = site.get(page).text
        for word in ("困った言葉", "困った名前", "お返事です。", "ほかの方のお名前"):
            assert word not in public
    assert "匿名" in site.get("/c/ie/backers/").text
    room = room_of(site, pledge)
    assert "現在公開を控えております" in room
    assert "ほかの方のお名前が含まれているためです。" in room
    act(editor, pledge, "show")
    assert "困った言葉" in site.get("/c/ie/").text
    assert "現在公開を控えております" not in room_of(site, pledge)
    assert [action for action, *_ in acts(site)] == ["comment.replied", "comment.hidden", "comment.shown"]


def test_nothing_is_hidden_without_a_reason(site, make, campaign, editor):
    pledge = make.paid(campaign, comment="応援しています")
    reply = send(editor, PAGE, f"{PAGE}{pledge.id}/hide", reason="  ")
    assert reply.status_code == 422
    assert "理由を入力してください。" in reply.text
    assert "応援しています" in site.get("/c/ie/").text


def test_pinned_comments_come_first_and_three_at_most(site, make, campaign, editor):
    pledges = [make.paid(campaign, comment=f"言葉{number}") for number in range(8)]  # the first is the newest
    assert texts(site, campaign) == [f"言葉{number}" for number in range(6)]
    for pledge in (pledges[7], pledges[2], pledges[5]):
        act(editor, pledge, "pin")
    assert texts(site, campaign) == ["言葉5", "言葉2", "言葉7", "言葉0", "言葉1", "言葉3"]
    assert site.get("/c/ie/").text.count("ピックアップ") == 3
    assert "3件までです" in act(editor, pledges[0], "pin")
    assert len(site.rows(select(CommentState).where(CommentState.pinned_at.is_not(None)))) == 3
    act(editor, pledges[2], "unpin")
    assert texts(site, campaign)[:3] == ["言葉5", "言葉7", "言葉0"]
    assert [action for action, *_ in acts(site)].count("comment.pinned") == 3


def test_a_hidden_comment_is_not_pinned_and_a_pinned_one_loses_its_place_when_hidden(site, make, campaign, editor):
    pledge = make.paid(campaign, comment="応援しています")
    act(editor, pledge, "pin")
    act(editor, pledge, "hide", reason="確認中です。")
    assert "非公開のコメントは固定できません。" in act(editor, pledge, "pin")
    state = site.one(select(CommentState))
    assert (state.pinned_at, state.hidden_reason) == (None, "確認中です。")


def test_lists_are_of_the_unanswered_the_hidden_or_all(make, campaign, editor):
    answered = make.paid(campaign, comment="返信した言葉")
    hidden = make.paid(campaign, comment="隠した言葉")
    make.paid(campaign, comment="待っている言葉")
    act(editor, answered, "reply", seen="", reply="ありがとうございます。")
    act(editor, hidden, "hide", reason="確認中です。")
    words = ("返信した言葉", "隠した言葉", "待っている言葉")
    pages = {name: editor.get(f"{PAGE}?show={name}").text for name in ("unanswered", "hidden", "all")}
    shown = {name: [word for word in words if word in html] for name, html in pages.items()}
    assert shown == {
        "unanswered": ["待っている言葉"],
        "hidden": ["隠した言葉"],
        "all": ["返信した言葉", "隠した言葉", "待っている言葉"],
    }
    assert editor.get(f"{PAGE}?show=secret").status_code == 404


def test_pages_go_by_key_and_show_each_comment_once(site, make, campaign):
    moment = clock.now() - timedelta(hours=1)
    ids = [make.paid(campaign, comment=f"言葉{number}", paid_at=moment).id for number in range(7)]
    seen, before = [], None
    with site.inside():
        while True:
            found, before = moderation.comments_page(campaign.id, "all", before, 3)
            seen += [comment.id for comment in found]
            if before is None:
                break
    assert seen == ids[::-1]


def test_a_comment_of_another_campaign_or_of_nobody_is_not_found(site, make, campaign, editor):
    other = make.paid(make.campaign("other"), comment="よその言葉")
    silent = make.paid(campaign, comment="")
    unpaid = make.paid(campaign, comment="まだの言葉", status="pending", paid_at=None)
    make.paid(campaign, comment="応援しています")
    for number in (other.id, silent.id, unpaid.id, 99_999):
        for what in ("reply", "hide"):
            assert editor.get(f"{PAGE}{number}/{what}").status_code == 404
        for what in ("pin", "unpin", "show", "reply", "hide"):
            assert send(editor, PAGE, f"{PAGE}{number}/{what}", reply="x", reason="x", seen="").status_code == 404
    assert site.rows(select(CommentState)) == []
    assert acts(site) == []


def test_an_act_without_its_token_does_nothing(site, make, campaign, editor):
    pledge = make.paid(campaign, comment="応援しています")
    for what in ("reply", "hide", "show", "pin", "unpin"):
        assert editor.post(f"{PAGE}{pledge.id}/{what}", data={"reply": "x", "reason": "x"}).status_code == 400
    assert site.rows(select(CommentState)) == []


def test_a_backer_who_empties_a_comment_takes_the_reply_with_it(site, make, campaign, editor):
    pledge = make.paid(campaign, comment="応援しています")
    act(editor, pledge, "reply", seen="", reply="ありがとうございます。")
    act(editor, pledge, "pin")
    site.change(update(Pledge).where(Pledge.id == pledge.id).values(comment=""))
    for page in PUBLIC:
        assert "ありがとうございます。</p>" not in site.get(page).text
    with site.inside():
        (backer,), _older = backers_page(campaign.id, None, 10)
    assert (backer.text, backer.reply, backer.is_pinned) == ("", "", False)


def test_the_campaign_page_takes_eight_statements_at_most(site, make, campaign, editor):
    make.reward(campaign)
    make.update(campaign)
    make._add(NextGoal(campaign_id=campaign.id, amount=9_000_000, title="次"))
    for number in range(12):
        pledge = make.paid(campaign, comment=f"言葉{number}")
        if number < 3:
            act(editor, pledge, "pin")
            act(editor, pledge, "reply", seen="", reply="ありがとうございます。")
    asked = []
    with site.inside():
        engine = db.engine

    def note(_connection, _cursor, statement, *_):
        if not statement.startswith("BEGIN"):
            asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        assert "言葉11" not in site.get("/c/ie/").text
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len(asked) <= 8

"""A campaign is written by forms: each section by itself, what was promised in public guarded, nothing typed lost."""

import io
from datetime import timedelta
from html import unescape

import pytest
from PIL import Image
from sqlalchemy import select

from fundsite import clock
from fundsite.audit import AuditEntry
from fundsite.campaigns.models import Campaign, CampaignPicture, NextGoal
from support.editors import send, signed_in

HOME = "/staff/campaigns/ie/"


@pytest.fixture
def editor(site):
    return signed_in(site, "editor")


@pytest.fixture
def draft(editor):
    reply = send(editor, "/staff/campaigns/new", title="夕ごはんの家", slug="ie")
    assert reply.status_code == 303, reply.text
    return editor


def campaign(site):
    return site.one(select(Campaign))


def picture(size=(900, 600), **saving):
    out = io.BytesIO()
    Image.new("RGB", size, "#884422").save(out, "JPEG", **saving)
    return out.getvalue()


@pytest.mark.usefixtures("draft")
def test_a_new_campaign_is_an_empty_draft_that_nobody_else_sees(site):
    assert campaign(site).published_at is None
    for address in ("/c/ie/", "/c/ie.json", "/c/ie/embed", "/c/ie/updates/", "/c/ie/updates.atom", "/c/ie/pledge"):
        assert site.get(address).status_code == 404, address
    assert "/c/ie/" not in site.get("/").text
    assert "/c/ie/" not in site.get("/sitemap.xml").text


def test_a_draft_is_previewed_by_staff_only_and_never_kept(site, draft):
    page = draft.get(HOME + "preview")
    assert page.status_code == 200
    assert "プレビュー" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert site.get(HOME + "preview").status_code == 303


@pytest.mark.parametrize("slug", ["", "Ie", "夕ごはん", "a b", "-a", "new"])
def test_an_address_that_cannot_be_is_refused_and_kept_as_typed(editor, slug):
    reply = send(editor, "/staff/campaigns/new", title="家", slug=slug)
    assert reply.status_code == 422
    assert f'value="{slug}"' in unescape(reply.text)


def test_two_campaigns_do_not_share_an_address(draft):
    reply = send(draft, "/staff/campaigns/new", title="もう一つ", slug="ie")
    assert reply.status_code == 422
    assert "使われています" in reply.text


SECTIONS = {
    "basics": (
        {"title": "新しい題", "summary": "短い説明", "hashtags": "#夕ごはん、居場所", "minimum": "５００円"},
        {"title": "新しい題", "summary": "短い説明", "hashtags": ["夕ごはん", "居場所"], "minimum": 500},
    ),
    "story": ({"story": "# 見出し\r\n\r\n本文\r\n- 一つ\r\n  - 中"}, {"story": "# 見出し\n\n本文\n- 一つ\n  - 中"}),
    "budget": (
        {"budget-label": ["工事", "", "備品"], "budget-amount": ["４,000,000", "", "1000000"]},
        {"budget": [{"label": "工事", "amount": 4_000_000}, {"label": "備品", "amount": 1_000_000}]},
    ),
    "partners": (
        {"partners-name": ["見本町会"], "partners-url": ["https://example.jp/"], "partners-text": ["食材"]},
        {"partners": [{"name": "見本町会", "url": "https://example.jp/", "text": "食材"}]},
    ),
    "thanks": ({"thanks": "ありがとう**ございます**"}, {"thanks": "ありがとう**ございます**"}),
}


@pytest.mark.parametrize("name", SECTIONS)
def test_each_section_is_saved_by_itself_and_written_down(site, draft, name):
    typed, stored = SECTIONS[name]
    reply = send(draft, HOME + name, **typed)
    assert reply.status_code == 303, reply.text
    row = campaign(site)
    assert {field: getattr(row, field) for field in stored} == stored
    entry = site.rows(select(AuditEntry).where(AuditEntry.action == f"campaign.{name}"))[0][0]
    assert set(entry.detail["fields"]) == set(stored)


def test_questions_are_rendered_once_with_their_answers(site, draft):
    send(draft, HOME + "faq", **{"faq-question": ["いつですか"], "faq-answer": ["- 春\r\n- 秋"]})
    assert "<li>春</li>" in campaign(site).faq[0]["answer_html"]


WRONG = [
    ("basics", {"title": ""}, "タイトルを入力してください。"),
    ("basics", {"minimum": "たくさん"}, "金額は数字で入力してください。"),
    ("basics", {"summary": "長" * 241}, "240文字以内で入力してください。"),
    ("basics", {"funding": "magic"}, "error"),
    ("period", {"starts_on": "", "ends_on": "2099-01-31"}, "募集開始日を入力してください。"),
    ("period", {"starts_on": "あした"}, "日付は 2027-05-01 のように"),
    ("period", {"starts_on": "2099-02-01", "ends_on": "2099-01-31"}, "終了日は、開始日よりあとに"),
    ("period", {"starts_on": "2020-01-01", "ends_on": "2020-01-31"}, "終了日を過去の日にすることはできません"),
    ("budget", {"budget-label": ["工事"], "budget-amount": ["いくらか"]}, "数字で入力してください。"),
    ("budget", {"budget-label": [""], "budget-amount": ["300"]}, "項目を入力してください。"),
    ("partners", {"partners-name": ["会"], "partners-url": ["javascript:alert(1)"], "partners-text": [""]}, "https://"),
    ("faq", {"faq-question": ["いつ"], "faq-answer": [""]}, "お答えを入力してください。"),
]


@pytest.mark.parametrize(("name", "typed", "message"), WRONG)
def test_what_is_wrong_is_said_beside_it_and_what_was_typed_is_kept(site, draft, name, typed, message):
    before = campaign(site)
    reply = send(draft, HOME + name, **typed)
    assert reply.status_code == 422
    assert message in unescape(reply.text)
    for value in typed.values():
        for part in value if isinstance(value, list) else [value]:
            assert part == "magic" or part in unescape(reply.text)
    assert campaign(site).title == before.title
    assert campaign(site).starts_at == before.starts_at


def test_rows_are_moved_added_and_dropped_without_saving_and_without_script(site, draft):
    rows = {"budget-label": ["一", "二"], "budget-amount": ["1", "2"]}
    moved = send(draft, HOME + "budget", **rows, rows="up:1")
    assert moved.status_code == 200
    assert moved.text.index('value="二"') < moved.text.index('value="一"')
    dropped = send(draft, HOME + "budget", **rows, rows="drop:0")
    assert 'value="一"' not in dropped.text
    assert campaign(site).budget == []


def test_a_story_is_looked_at_before_it_is_saved(site, draft):
    reply = send(draft, HOME + "story", story="# まだ\n\n<script>alert(1)</script>", preview="1")
    assert reply.status_code == 200
    assert "まだ</h2>" in reply.text
    assert "<script>alert" not in reply.text
    assert campaign(site).story == ""


def test_the_second_of_two_editors_is_told_and_both_texts_are_there(site, draft):
    other = signed_in(site, "owner")
    mine = draft.get(HOME + "story").text
    send(other, HOME + "story", story="先に保存された本文")
    version = mine.partition('name="version"')[2].partition('value="')[2].partition('"')[0]
    reply = draft.post(
        HOME + "story", data={"version": version, "story": "あとから書いた本文", "csrf_token": token_in(mine)}
    )
    assert reply.status_code == 409
    assert "先に保存された本文" in reply.text
    assert "あとから書いた本文" in reply.text
    assert campaign(site).story == "先に保存された本文"
    assert send_again(draft, reply, HOME + "story", story="あとから書いた本文").status_code == 303
    assert campaign(site).story == "あとから書いた本文"


def token_in(html):
    return html.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]


def send_again(browser, reply, address, **typed):
    version = reply.text.partition('name="version"')[2].partition('value="')[2].partition('"')[0]
    return browser.post(address, data={"version": version, "csrf_token": token_in(reply.text), **typed})


def test_two_editors_of_different_sections_do_not_meet(site, draft):
    page = draft.get(HOME + "story").text
    send(signed_in(site, "owner"), HOME + "thanks", thanks="どうも")
    version = page.partition('name="version"')[2].partition('value="')[2].partition('"')[0]
    data = {"version": version, "csrf_token": token_in(page), "story": "本文"}
    assert draft.post(HOME + "story", data=data).status_code == 303
    assert (campaign(site).thanks, campaign(site).story) == ("どうも", "本文")


def test_a_closing_day_means_its_end_in_japan(site, draft):
    send(draft, HOME + "period", starts_on="2099-01-01", starts_time="10:00", ends_on="2099-01-31", ends_time="")
    row = campaign(site)
    assert row.starts_at.isoformat() == "2099-01-01T01:00:00+00:00"
    assert row.ends_at.isoformat() == "2099-01-31T15:00:00+00:00"
    page = draft.get(HOME + "period").text
    assert 'value="2099-01-31"' in page


def test_an_open_campaign_can_be_extended_but_not_moved_or_ended_in_the_past(site, make, editor):
    before = make.campaign()
    later = f"{before.ends_at + timedelta(days=10):%Y-%m-%d}"
    assert send(editor, HOME + "period", ends_on=later, ends_time="").status_code == 303
    assert campaign(site).ends_at > before.ends_at
    assert send(editor, HOME + "period", starts_on="2099-01-01", ends_on="2099-02-01").status_code == 422
    yesterday = f"{clock.now() - timedelta(days=1):%Y-%m-%d}"
    assert send(editor, HOME + "period", ends_on=yesterday, ends_time="").status_code == 422
    assert send(editor, HOME + "period", ends_on="", ends_time="").status_code == 422


def test_what_the_public_was_told_stays_address_goal_and_funding(site, make, editor):
    make.campaign()
    for name, typed in (
        ("basics", {"slug": "other"}),
        ("basics", {"funding": "all_or_nothing"}),
        ("goal/", {"goal": "1"}),
    ):
        page = send(editor, HOME + name, **typed) if name == "basics" else goal_sent(editor, typed)
        assert page.status_code in {409, 422}, name
    row = campaign(site)
    assert (row.slug, row.funding, row.goal) == ("ie", "all_in", 5_000_000)


def goal_sent(editor, typed):
    return editor.post(HOME + "goal/", data={"csrf_token": token_in(editor.get(HOME + "goal/").text), **typed})


def test_a_next_goal_stands_above_the_others_and_says_when_it_was_announced(site, make, editor):
    make.campaign()
    add = HOME + "goal/next"
    assert send(editor, HOME + "goal/", add, amount="5000000", title="次", body="").status_code == 422
    assert (
        send(editor, HOME + "goal/", add, amount="８,０００,０００", title="次の目標", body="部屋を").status_code == 303
    )
    assert send(editor, HOME + "goal/", add, amount="7000000", title="間", body="").status_code == 422
    page = site.get("/c/ie/").text
    assert "次の目標" in page
    assert "発表:" in page


def test_a_next_goal_never_changes_in_silence(site, make, editor):
    make.campaign()
    send(editor, HOME + "goal/", HOME + "goal/next", amount="8000000", title="はじめのことば", body="")
    goal = site.one(select(NextGoal))
    send(editor, f"{HOME}goal/next/{goal.id}", title="あとのことば")
    editor.post(f"{HOME}goal/next/{goal.id}/remove", data={"csrf_token": token_in(editor.get(HOME + "goal/").text)})
    page = site.get("/c/ie/").text
    assert "あとのことば" in page
    assert "はじめのことば" in page
    assert "変更の履歴（1件）" in page


def upload(browser, *files):
    token = token_in(browser.get(HOME + "pictures/").text)
    data = {"csrf_token": token, "files": [(io.BytesIO(content), name) for name, content in files]}
    reply = browser.post(HOME + "pictures/", data=data, content_type="multipart/form-data")
    reply.request.environ["wsgi.input"].close()  # a large body is a file of the test client's
    return reply


def test_pictures_are_taken_in_described_and_one_becomes_the_cover(site, draft):
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    assert upload(draft, ("IMG 001.JPG", picture(exif=exif)), ("夕ごはん.jpg", picture((400, 300)))).status_code == 303
    rows = {row[0].name: row[0] for row in site.rows(select(CampaignPicture))}
    assert set(rows) == {"images/img-001.jpg", "images/夕ごはん.jpg"}
    first = rows["images/img-001.jpg"]
    send(draft, HOME + "pictures/", HOME + "pictures/alts", **{f"alt-{first.id}": "鍋"}, cover=str(first.id))
    assert campaign(site).cover["name"] == "images/img-001.jpg"
    page = draft.get(HOME + "pictures/").text
    assert "![鍋](images/img-001.jpg)" in page
    shown = page.partition('src="/staff/media/')[2].partition('"')[0]
    with site.get(f"/media/{shown}") as reply:
        copy = reply.data
    assert b"secret place" not in copy
    assert copy[8:12] == b"WEBP"


def test_the_same_picture_twice_is_one_and_another_of_its_name_gets_a_number(site, draft):
    one, two = picture((500, 400)), picture((500, 401))
    upload(draft, ("a.jpg", one))
    upload(draft, ("a.jpg", one), ("a.jpg", two))
    assert {row[0] for row in site.rows(select(CampaignPicture.name))} == {"images/a.jpg", "images/a-2.jpg"}


def test_what_is_no_picture_or_too_large_is_refused_by_its_content(site, draft):
    reply = upload(draft, ("cat.jpg", b"<svg onload=alert(1)>"), ("big.jpg", picture((8000, 6500))))
    assert reply.status_code == 422
    assert "cat.jpg: JPEG・PNG・WebP・GIFの画像を選んでください。" in reply.text
    assert "big.jpg: 画像は5,000万画素までです。" in reply.text
    assert not site.rows(select(CampaignPicture))


def test_a_large_body_is_read_from_staff_only(site, draft):
    heavy = {"data": b"story=" + b"x" * 3_000_000, "content_type": "application/x-www-form-urlencoded"}
    assert site.browser().post(HOME + "pictures/", **heavy).status_code == 303
    assert draft.post(HOME + "story", **heavy).status_code == 413


@pytest.mark.parametrize("role", ["fulfilment", "accountant"])
def test_who_may_not_edit_is_refused(site, make, role):
    make.reward(make.campaign())
    browser = signed_in(site, role)
    pages = ["", "preview", "basics", "story", "goal/", "pictures/", "rewards/", "rewards/A", "rewards/new"]
    assert {browser.get(HOME + page).status_code for page in pages} == {403}
    assert browser.get("/staff/campaigns/edit").status_code == 403

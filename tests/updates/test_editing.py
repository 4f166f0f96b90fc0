"""Writing together: saved often, told when overtaken, nothing lost."""

from io import BytesIO

import pytest
from sqlalchemy import select
from updates.conftest import photo

from fundsite.audit import AuditEntry
from fundsite.campaigns.models import CampaignPicture
from fundsite.updates.editing import Choices, Overtaken, ReportRefused, Saved, delete_draft, find_report, restore, save
from fundsite.updates.models import UpdateRevision
from fundsite.updates.publishing import publish
from fundsite.updates.revisions import Text, difference, text_now
from support.site import hidden_fields

CHOICES = Choices("花子", "everyone", notify=False)


def write(report_id, body, base, writer, title="題"):
    return save(report_id, Text(title, body), CHOICES, base, writer)


def revisions(site, report_id, kind="saved"):
    rows = select(UpdateRevision).where(UpdateRevision.update_id == report_id, UpdateRevision.kind == kind)
    return [row[0] for row in site.rows(rows.order_by(UpdateRevision.id))]


def test_a_new_report_begins_with_a_skeleton_and_is_nobody_elses_business(site, campaign, hanako):
    page = hanako.browser.get("/staff/reports/new?campaign=ie").text
    fields = hidden_fields(page)
    reply = hanako.browser.post("/staff/reports/new", data={**fields, "campaign": campaign.slug, "kind": "milestone"})
    assert reply.status_code == 303
    editor = hanako.browser.get(reply.location).text
    assert "支援者が34人になりました" in editor
    assert "120,000円" in editor
    assert site.browser().get("/c/ie/updates/1/").status_code == 404
    assert "まだありません" in site.browser().get("/c/ie/updates/").text


def test_what_one_person_types_in_one_sitting_is_one_revision(site, draft, hanako, row):
    with site.inside():
        version = 1
        for body in ("はじめの本文を", "はじめの本文を書く", "はじめの本文を書く人"):
            version = write(draft, body, version, hanako.writer()).version
    assert row(draft).body == "はじめの本文を書く人"
    assert [found.body for found in revisions(site, draft)] == ["はじめの本文", "はじめの本文を書く人"]


def test_a_text_that_lost_much_is_a_revision_of_its_own(site, draft, hanako):
    with site.inside():
        first = write(draft, "長い本文" * 50, 1, hanako.writer())
        write(draft, "消", first.version, hanako.writer())
    assert [found.body for found in revisions(site, draft)][1:] == ["長い本文" * 50, "消"]


def test_the_later_of_two_is_told_and_nothing_is_lost(site, draft, hanako, taro, row):
    with site.inside():
        assert isinstance(write(draft, "花子の本文", 1, hanako.writer("a")), Saved)
        result = write(draft, "太郎の本文", 1, taro.writer("b"))
        assert isinstance(result, Overtaken)
        assert (result.theirs.body, result.staff_id) == ("花子の本文", hanako.id)
        write(draft, "太郎の本文", 1, taro.writer("b"))
    assert row(draft).body == "花子の本文"
    assert [found.body for found in revisions(site, draft, "overtaken")] == ["太郎の本文"]


def test_the_same_text_from_two_people_is_no_conflict(site, draft, hanako, taro):
    with site.inside():
        write(draft, "同じ本文", 1, hanako.writer("a"))
        assert isinstance(write(draft, "同じ本文", 1, taro.writer("b")), Saved)


def test_a_tab_whose_answer_was_lost_is_not_overtaken_by_itself(site, draft, hanako, row):
    with site.inside():
        write(draft, "一", 1, hanako.writer("a"))
        assert isinstance(write(draft, "一二", 1, hanako.writer("a")), Saved)
    assert row(draft).body == "一二"


def test_both_texts_stand_on_the_page_of_whom_was_overtaken(draft, hanako, taro, row):
    hers, his = hanako.form(draft), taro.form(draft)
    assert hanako.send(draft, hers, body="花子の本文").status_code == 303
    reply = taro.send(draft, his, body="太郎の本文")
    assert reply.status_code == 409
    assert "花子さんが先に保存しました" in reply.text
    assert "花子の本文" in reply.text
    assert "太郎の本文</textarea>" in reply.text
    again = taro.send(draft, hidden_fields(reply.text), body="花子と太郎の本文")
    assert again.status_code == 303
    assert row(draft).body == "花子と太郎の本文"


def test_autosave_answers_with_the_version_to_build_on(draft, hanako, taro, row):
    hers, his = hanako.form(draft), taro.form(draft)
    reply = hanako.send(draft, hers, "autosave", body="途中")
    assert reply.json == {"version": 2}
    assert hanako.send(draft, {**hers, "version": 2}, "autosave", body="途中です").json == {"version": 3}
    late = taro.send(draft, his, "autosave", body="太郎")
    assert late.status_code == 409
    assert "花子さん" in late.json["error"]
    assert row(draft).body == "途中です"


def test_what_is_written_over_a_published_report_waits_until_it_is_brought_out(site, draft, hanako, row):
    with site.inside():
        publish(draft, 1, hanako.id)
    form = hanako.form(draft)
    hanako.send(draft, form, "autosave", title="直した題", body="直した本文")
    assert row(draft).body == "はじめの本文"
    assert "はじめの本文" in site.browser().get("/c/ie/updates/1/").text
    page = hanako.browser.get(f"/staff/reports/{draft}/edit").text
    assert "直した本文</textarea>" in page
    assert "まだ公開ページに出ていない" in page
    reply = hanako.send(draft, hidden_fields(page), title="直した題", body="直した本文", action="bring_out")
    assert reply.status_code == 303
    assert row(draft).body == "直した本文"


def test_an_earlier_text_comes_back_and_the_later_one_stays_in_the_history(site, draft, hanako):
    with site.inside():
        write(draft, "まったく別の文章にしました。", 1, hanako.writer())
        first = revisions(site, draft)[0]
        restore(draft, first.id, 2, hanako.writer(""))
        assert text_now(find_report(draft)[0]).body == "はじめの本文"
    assert [found.body for found in revisions(site, draft)][-2:] == ["まったく別の文章にしました。", "はじめの本文"]


def test_the_history_shows_what_came_and_what_went(site, draft, hanako):
    with site.inside():
        write(draft, "はじめの文章<b>", 1, hanako.writer(), title="はじめの題")
        first = revisions(site, draft)[0]
    assert "花子" in hanako.browser.get(f"/staff/reports/{draft}/revisions").text
    page = hanako.browser.get(f"/staff/reports/{draft}/revisions/{first.id}").text
    assert "<del>本</del>" in page
    assert "<ins>章&lt;b&gt;</ins>" in page


def test_differences_are_shown_sign_by_sign_and_equal_lines_left_out():
    old = "\n".join(["同じ"] * 9 + ["支援者は10人です"])
    new = "\n".join(["同じ"] * 9 + ["支援者は12人です"])
    lines = difference(old, new)
    assert lines[2].skipped == 5
    assert lines[-1].parts == (("same", "支援者は"), ("del", "10"), ("ins", "12"), ("same", "人です"))


def test_only_drafts_that_were_never_out_are_deleted(site, draft, hanako):
    with site.inside():
        publish(draft, 1, hanako.id)
        with pytest.raises(ReportRefused):
            delete_draft(draft, hanako.id)
    assert hanako.send(draft, hanako.form(draft), "delete").status_code == 409


def test_a_deleted_draft_is_gone_with_its_history(site, draft, hanako):
    assert hanako.send(draft, hanako.form(draft), "delete").status_code == 303
    assert revisions(site, draft) == []
    assert hanako.browser.get(f"/staff/reports/{draft}/edit").status_code == 404


def test_settings_between_pluses_and_look_alikes_never_reach_the_text(draft, hanako, row):
    hanako.send(draft, hanako.form(draft), title="⽀援", body='+++\r\ntitle = "x"\r\n+++\r\n\r\n⽀援の⾷事\r\n')
    assert (row(draft).title, row(draft).body) == ("支援", "支援の食事")
    assert "+++" not in hanako.browser.get(f"/staff/reports/{draft}/edit").text


def test_a_picture_is_stored_once_and_named_for_the_text(site, draft, hanako, row):
    form = hanako.form(draft)
    for _ in range(2):
        data = {"csrf_token": form["csrf_token"], "picture": (BytesIO(photo()), "夏 祭り.jpg")}
        reply = hanako.browser.post(f"/staff/reports/{draft}/pictures", data=data)
        assert reply.status_code == 200, reply.text
    name = reply.json["name"]
    with hanako.browser.get(reply.json["src"]) as shown:
        assert shown.status_code == 200
    assert [found.name for (found,) in site.rows(select(CampaignPicture))] == [name]
    hanako.send(draft, form, body=f"![夏祭り]({name})")
    assert "<figure>" in row(draft).body_html
    assert row(draft).picture["name"] == name


def test_without_scripts_a_picture_comes_with_the_form(draft, hanako, row):
    picture = (BytesIO(photo()), "a.jpg")
    reply = hanako.send(draft, hanako.form(draft), body="本文", picture=picture, alt="夏の[庭]")
    assert reply.status_code == 303
    assert "\n\n![夏の［庭］](images/" in row(draft).body


def test_what_is_no_picture_is_refused(draft, hanako):
    form = hanako.form(draft)
    data = {"csrf_token": form["csrf_token"], "picture": (BytesIO(b"<svg onload=alert(1)>"), "a.jpg")}
    reply = hanako.browser.post(f"/staff/reports/{draft}/pictures", data=data)
    assert reply.status_code == 422
    assert "写真として読み取れません" in reply.json["error"]


def test_a_large_photograph_may_be_sent_and_a_large_text_elsewhere_not(draft, hanako):
    form = hanako.form(draft)
    head = '--x\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n'
    told = head.format("csrf_token", "") + form["csrf_token"] + "\r\n" + head.format("picture", '; filename="a.jpg"')
    heavy = told.encode() + photo() + b"\0" * 3_000_000 + b"\r\n--x--\r\n"
    kind = "multipart/form-data; boundary=x"
    reply = hanako.browser.post(f"/staff/reports/{draft}/pictures", data=heavy, content_type=kind)
    assert reply.status_code == 200
    assert hanako.send(draft, form, "autosave", body="あ" * 600_000).status_code == 413


def test_the_preview_shows_page_mail_and_what_is_doubtful(draft, hanako):
    body = "【イベント】会\n日時: 2026年12月20日 13時\n\n![](images/a.jpg)\n\n◯人 ⺀"
    told = hanako.send(draft, hanako.form(draft), "preview", title="題<b>", body=body).json
    assert "題&lt;b&gt;" in told["page"]
    assert 'href="events/1.ics"' in told["page"]
    assert "差出人" in told["mail_head"]
    assert "<mark>⺀</mark>" in told["page"]
    assert "説明のない写真が1枚" in told["doubts"]
    assert "書きかけ" in told["doubts"]


def test_pasted_words_come_back_clean(draft, hanako):
    form = hanako.form(draft)
    told = hanako.send(draft, form, "paste", html="<h1>題</h1><p><b>太</b></p>", text="題 太").json
    assert told == {"text": "# 題\n\n**太**"}
    assert hanako.send(draft, form, "paste", text="+++\na = 1\n+++\n⽀援").json == {"text": "支援"}


def test_each_act_is_in_the_audit_log_without_words_of_the_report(site, draft, hanako):
    with site.inside():
        write(draft, "あたらしい本文", 1, hanako.writer())
        publish(draft, 2, hanako.id)
    entries = [
        found
        for (found,) in site.rows(select(AuditEntry).where(AuditEntry.object_type == "update").order_by(AuditEntry.id))
    ]
    assert [found.action for found in entries] == ["report.begun", "report.edited", "report.published"]
    assert {found.staff_id for found in entries} == {hanako.id}
    assert not any("本文" in str(found.detail) for found in entries)

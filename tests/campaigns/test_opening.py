"""A draft opens when nothing is missing, and what was written by forms goes round through a folder."""

import io
import re
import shutil

from PIL import Image
from sqlalchemy import func, null, select

from fundsite.campaigns.models import Campaign
from fundsite.content.dump import dump_site
from fundsite.content.load import load_site
from fundsite.db import db, transaction
from fundsite.models import ALL
from fundsite.site import Site
from fundsite.updates.service import newest_of_all
from support.editors import send, signed_in
from support.factories import pledged

HOME = "/staff/campaigns/ie/"


def percent(browser):
    return int(re.search(r"入力率.*?(\d+)%", browser.get(HOME).text, re.DOTALL)[1])


def organisation(site):
    with site.inside(), transaction() as session:
        session.add(Site(name="団体", contact={"email": "a@example.jp"}, legal=[{"label": "名称", "text": "団体"}]))


def photo(browser):
    out = io.BytesIO()
    Image.new("RGB", (800, 500), "#335577").save(out, "PNG")
    out.seek(0)
    page = browser.get(HOME + "pictures/").text
    token = page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
    data = {"csrf_token": token, "files": [(out, "cover.png")]}
    assert browser.post(HOME + "pictures/", data=data).status_code == 303
    fields = dict.fromkeys(re.findall(r'name="(alt-\d+)"', browser.get(HOME + "pictures/").text), "灯りの見える家")
    cover = next(iter(fields)).removeprefix("alt-")
    assert send(browser, HOME + "pictures/", HOME + "pictures/alts", **fields, cover=cover).status_code == 303


def written(browser):
    """Write a campaign whole, by its forms, and return the 入力率 after each step."""
    assert send(browser, "/staff/campaigns/new", title="夕ごはんの家", slug="ie").status_code == 303
    seen = [percent(browser)]
    for address, to, typed in (
        ("basics", "", {"summary": "夜をひとりで過ごす子どもたちに", "hashtags": "夕ごはん"}),
        ("period", "", {"starts_on": "2020-01-01", "ends_on": "2099-12-13"}),
        ("goal/", "", {"goal": "5000000"}),
        ("story", "", {"story": "# はじめに\n\n" + "夕ごはんを囲みます。" * 40 + "\n\n![](images/cover.png)"}),
        ("rewards/new", "", {"title": "お礼状", "amount": "3000", "body": "一通"}),
        ("budget", "", {"budget-label": ["工事", "備品"], "budget-amount": ["4000000", "1000000"]}),
        ("thanks", "", {"thanks": "ありがとうございます。"}),
        ("faq", "", {"faq-question": ["いつ"], "faq-answer": ["春です"]}),
        ("goal/", "goal/next", {"amount": "8000000", "title": "泊まれる部屋", "body": "二階に"}),
    ):
        reply = send(browser, HOME + address, HOME + (to or address), **typed)
        assert reply.status_code == 303, (address, reply.text)
        seen.append(percent(browser))
    return seen


def test_a_campaign_made_from_nothing_by_forms_opens_and_is_pledged_to(site):
    organisation(site)
    editor = signed_in(site, "editor")
    seen = written(editor)
    assert seen == sorted(seen)
    assert seen[0] < 50
    refused = send(editor, HOME, HOME + "open")
    assert refused.status_code == 422
    assert "表紙の画像" in refused.text
    assert site.get("/c/ie/").status_code == 404
    photo(editor)
    assert percent(editor) == 100
    assert send(editor, HOME, HOME + "open").status_code == 303
    page = site.get("/c/ie/")
    assert page.status_code == 200
    assert "発表:" in page.text
    assert "/c/ie/" in site.get("/sitemap.xml").text
    assert pledged(site.browser()).status_code == 303


def test_what_was_written_by_forms_goes_round_through_a_folder(site, tmp_path):
    organisation(site)
    editor = signed_in(site, "editor")
    written(editor)
    photo(editor)
    draft_preview = editor.get(HOME + "preview").text
    again(site, tmp_path / "draft")
    assert site.one(select(Campaign)).published_at is None
    assert signed_in(site, "owner").get(HOME + "preview").text == draft_preview
    browser = signed_in(site, "editor")
    send(browser, HOME, HOME + "open")
    page = site.get("/c/ie/").text
    again(site, tmp_path / "open")
    assert site.get("/c/ie/").text == page


def test_an_unfinished_draft_goes_round_too(site, tmp_path):
    organisation(site)
    send(signed_in(site, "editor"), "/staff/campaigns/new", title="書きかけ", slug="ie")
    again(site, tmp_path / "folder")
    row = site.one(select(Campaign))
    assert (row.title, row.published_at, sorted(row.unset)) == ("書きかけ", None, ["goal", "starts_at"])


def again(site, folder):
    """Dump the site, empty it, and load the dump; a second load changes nothing."""
    with site.inside():
        dump_site(folder)
        with transaction() as session:
            for table in reversed(ALL[0].metadata.sorted_tables):
                session.execute(table.delete())
        load_site(folder)
        assert str(load_site(folder)) == "nothing changed"
        assert db.session.scalar(select(func.count()).select_from(Campaign)) == 1
    shutil.rmtree(folder)


def test_a_draft_is_nowhere_for_the_public(site, make):
    draft = make.campaign("kage", title="かげの家", published_at=null())
    make.update(draft, title="かげの報告")
    make.reward(draft)
    make.campaign()
    for address in ("/", "/c/ie/", "/sitemap.xml"):
        found = site.get(address)
        assert found.status_code == 200
        assert not re.search("かげの|/kage", found.text), address
    home = "/c/kage"
    for address in (
        "/",
        ".json",
        "/embed",
        "/backers/",
        "/updates/",
        "/updates/1/",
        "/updates.atom",
        "/pledge",
        "/follow",
    ):
        assert site.get(home + address).status_code == 404, address
    with site.inside():
        assert newest_of_all(9) == []

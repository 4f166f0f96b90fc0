"""Pictures, files and calendar files of a report: served to those who may read it, and to nobody else."""

import re
import wave
from io import BytesIO

import pytest
from updates.conftest import photo

from fundsite.updates.editing import begin, find_report
from fundsite.updates.models import Update
from fundsite.updates.publishing import publish
from fundsite.updates.revisions import Text
from fundsite.updates.uploads import add_picture
from support.databases import on_sqlite
from support.reports import token_for

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n"


def recording():
    """A second of silence."""
    data = BytesIO()
    with wave.open(data, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\0" * 8000)
    return data.getvalue()


def attach(desk, draft, data, filename):
    """Drop a file on the editor; return the answer."""
    return desk.browser.post(
        f"/staff/reports/{draft}/files",
        data={"csrf_token": desk.form(draft)["csrf_token"], "attachment": (BytesIO(data), filename)},
        content_type="multipart/form-data",
    )


@pytest.fixture
def people(make, site, campaign):
    """The private links of a backer of F and of a backer of A."""
    rewards = {code: make.reward(campaign, code) for code in "AF"}
    return {code: token_for(site, make.paid(campaign, rewards[code])) for code in "AF"}


@pytest.fixture
def published(site, campaign, hanako, draft, people):
    """A published report for backers of F with a picture, a recording, a document and an event; its picture's name."""
    with site.inside():
        name = add_picture(draft, photo(), hanako.id)
    sound = attach(hanako, draft, recording(), "学習会 録音.wav").get_json()["line"]
    paper = attach(hanako, draft, PDF, "資料.PDF").get_json()["line"]
    body = f"![庭]({name})\n\n{sound}\n\n{paper}\n\n【イベント】会\n日時: 2026年12月20日 13:00〜15:00"
    reply = hanako.send(draft, hanako.form(draft), title="録画", body=body, audience="rewards", codes="F")
    assert reply.status_code == 303, reply.text
    with site.inside():
        publish(draft, find_report(draft)[0].version, hanako.id)
    return draft


def become(site, draft, audience):
    site.change(Update.__table__.update().where(Update.id == draft).values(audience=audience))


def beside(page):
    """Return what a page's text leads to beside it: pictures, files, calendar files."""
    return sorted(set(re.findall(r'[ "]((?:pictures|files|events)/[^" ]+)', page)))


def test_who_may_read_a_report_gets_what_it_shows_and_offers_and_nobody_else_does(site, published, people):
    reader, stranger = f"/pledges/{people['F']}/updates/1/", f"/pledges/{people['A']}/updates/1/"
    page = site.get(reader).text
    assert "/media/" not in re.search(r'<div class="prose">.*?</div>', page, re.DOTALL)[0]
    found = beside(page)
    assert {name.partition("/")[0] for name in found} == {"pictures", "files", "events"}
    for name in found:
        with site.get(reader + name) as reply:
            assert reply.status_code == 200, name
            assert reply.headers["Cache-Control"].startswith("private"), name
            assert reply.data
        for place in (stranger, "/c/ie/updates/1/", "/pledges/nobody/updates/1/", "/followers/1-x/updates/1/"):
            assert site.get(place + name).status_code == 404, place + name


def test_the_public_address_of_a_picture_follows_who_may_read_the_report_at_once(site, published, people):
    [name] = [name for name in beside(site.get(f"/pledges/{people['F']}/updates/1/").text) if "-640." in name]
    address = name.replace("pictures/", "/media/")
    assert site.get(address).status_code == 404
    for audience, code in (("everyone", 200), ("backers", 404), ("everyone", 200)):
        become(site, published, audience)
        with site.get(address) as reply:
            assert reply.status_code == code, audience
    page = site.get("/c/ie/updates/1/").text
    assert address in page
    for found in beside(page):
        with site.get(f"/c/ie/updates/1/{found}") as reply:
            assert (reply.status_code, reply.headers["Cache-Control"]) == (200, "public, max-age=60"), found


@on_sqlite
def test_a_picture_that_the_campaign_shows_too_stays_public(site, published, campaign, people):
    [name] = [name for name in beside(site.get(f"/pledges/{people['F']}/updates/1/").text) if "-640." in name]
    address = name.replace("pictures/", "/media/")
    site.change(
        campaign.__table__.update().values(story_html=f'<img src="{address}">'),
    )
    with site.get(address) as reply:
        assert (reply.status_code, "immutable" in reply.headers["Cache-Control"]) == (200, True)


@on_sqlite
def test_a_draft_shows_its_pictures_to_staff_alone(site, draft, hanako):
    with site.inside():
        name = add_picture(draft, photo("navy"), hanako.id)
    hanako.send(draft, hanako.form(draft), body=f"![海]({name})")
    page = hanako.browser.get(f"/staff/reports/{draft}/publish").text
    [address] = set(re.findall(r'src="(/staff/media/[^"]+)"', page))
    with hanako.browser.get(address) as reply:
        assert (reply.status_code, reply.mimetype) == (200, "image/webp")
    assert site.get(address).status_code in {302, 303}
    assert site.get(address.replace("/staff", "")).status_code == 404


@on_sqlite
def test_a_recording_plays_from_the_middle_and_a_document_is_saved_under_its_name(site, published, people):
    place = f"/pledges/{people['F']}/updates/1/"
    page = site.get(place).text
    assert re.search(r'<audio src="files/[^"]+\.wav" controls="" preload="none"', page)
    assert "PDF 1KB" in page
    assert "WAV 16KB" in page
    with site.get(f"{place}files/学習会-録音.wav", headers={"Range": "bytes=0-3"}) as part:
        assert (part.status_code, part.data, part.mimetype) == (206, b"RIFF", "audio/wav")
    with site.get(f"{place}files/資料.pdf") as whole:
        assert whole.data == PDF
        assert whole.headers["Content-Disposition"].startswith("attachment")


@on_sqlite
@pytest.mark.parametrize(
    "data",
    [b"", b"<html><script>alert(1)</script>", b"MZ\x90\x00", b"PK\x03\x04", b"%PDF", b"GIF89a", b"\xff\xd8\xff\xe0"],
)
def test_what_its_content_does_not_show_to_be_offered_is_not_taken(draft, hanako, data):
    reply = attach(hanako, draft, data, "recording.mp3")
    assert reply.status_code == 422
    assert "添えられません" in reply.get_json()["error"]


@on_sqlite
def test_the_same_file_again_keeps_its_name_and_another_of_that_name_gets_its_own(draft, hanako):
    lines = [attach(hanako, draft, data, "../a b.pdf").get_json()["line"] for data in (PDF, PDF, PDF + b"\n")]
    assert lines == ["[a b](files/a-b.pdf)", "[a b](files/a-b.pdf)", "[a b](files/a-b-2.pdf)"]


@on_sqlite
def test_a_file_comes_with_the_form_where_there_are_no_scripts(draft, hanako, row):
    form = hanako.form(draft)
    hanako.send(draft, form, body="本文", attachment=(BytesIO(PDF), "資料.pdf"))
    assert row(draft).body == "本文\n\n[資料](files/資料.pdf)"
    assert 'class="file-card"' in row(draft).body_html


@on_sqlite
def test_a_file_is_reached_beside_the_report_that_offers_it_alone(site, campaign, published, hanako):
    with site.inside():
        other = begin(campaign.id, "report", Text("みんなへ", "本文"), "", hanako.id)
        publish(other, 1, hanako.id)
    assert site.get("/c/ie/updates/2/").status_code == 200
    assert site.get("/c/ie/updates/2/files/資料.pdf").status_code == 404


@on_sqlite
def test_the_calendar_file_names_the_public_page_and_no_private_link(site, published, people):
    text = site.get(f"/pledges/{people['F']}/updates/1/events/1.ics").text
    assert "URL:http://localhost/c/ie/updates/1/" in text
    assert people["F"] not in text


@on_sqlite
def test_an_editor_who_types_a_player_by_hand_gets_none(draft, hanako, row):
    hanako.send(draft, hanako.form(draft), body='<audio src="https://example.org/x.mp3" controls></audio>')
    assert "<audio" not in row(draft).body_html

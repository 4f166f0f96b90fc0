"""A site as a folder: loaded whole or not at all, the same twice, and dumped into the same pages."""

import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import func, select, update

from fundsite.app import create_app
from fundsite.campaigns.models import Campaign
from fundsite.content.dump import dump_site
from fundsite.content.load import load_site
from fundsite.db import db
from fundsite.errors import ContentError
from fundsite.media import open_store
from fundsite.models import ALL
from fundsite.paths import shipped
from fundsite.rewards.models import Reward, RewardPromise
from fundsite.site import Site
from fundsite.updates.models import Update
from fundsite.updates.publishing import publish
from support.databases import on_sqlite
from support.factories import pledged
from support.site import TestSite, session_id_of
from support.staff import person

SITE = 'name = "団体"\n[contact]\nemail = "info@example.jp"\n'
CAMPAIGN = """title = "題"
goal = 1000
starts_at = "2026-01-01"
ends_at = "2026-12-13"
cover = "images/cover.png"

[[rewards]]
code = "A"
title = "お礼状"
amount = 3000
stock = 5
fulfilment = "2027-05"
"""
REPORT = """+++
title = "はじめに"
published_at = "2026-02-01"
+++

本文です。
"""


@pytest.fixture
def folder(tmp_path):
    """A small folder that loads."""
    root = tmp_path / "content"
    campaign = root / "campaigns" / "ie"
    (campaign / "images").mkdir(parents=True)
    (campaign / "updates").mkdir()
    (root / "site.toml").write_text(SITE, encoding="utf-8")
    (campaign / "campaign.toml").write_text(CAMPAIGN, encoding="utf-8")
    (campaign / "story.md").write_text("## 物語\n\n本文。\n\n![灯り](images/cover.png)\n", encoding="utf-8")
    (campaign / "updates" / "0001-start.md").write_text(REPORT, encoding="utf-8")
    Image.new("RGB", (40, 30), "teal").save(campaign / "images" / "cover.png")
    return root


@pytest.fixture(scope="session")
def kept_pictures(tmp_path_factory):
    """One store for every load of the example: making its pictures small takes longer than all the rest."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    return open_store(f"file://{shared / 'pictures'}")


@pytest.fixture
def example(site, kept_pictures):
    """The example's folder, its pictures made ready."""
    site.app.extensions["fundsite.media"] = kept_pictures
    return shipped("examples") / "site"


def load(site, folder):
    with site.inside():
        return str(load_site(folder))


def everything(site):
    """Return every row of every table."""
    with site.inside(), db.engine.connect() as connection:
        tables = sorted((model.__table__ for model in ALL), key=lambda table: table.name)
        return {table.name: connection.execute(table.select().order_by(*table.primary_key)).all() for table in tables}


def test_the_example_loads_and_a_second_time_changes_nothing(site, example):
    assert re.fullmatch(r"\d+ added, 0 changed, 0 removed", load(site, example))
    before = everything(site)
    assert load(site, example) == "nothing changed"
    assert everything(site) == before
    assert site.one(select(func.count(Reward.id)).join(Campaign).where(Campaign.slug == "yuuge-no-ie")) == 9


def public_pages(site):
    """Return what a visitor gets at every public address."""
    sitemap = site.get("/sitemap.xml").text
    addresses = [address.removeprefix("http://localhost") for address in re.findall(r"<loc>(.*?)</loc>", sitemap)]
    assert len(addresses) > 4
    slugs = [match[1] for address in addresses if (match := re.fullmatch(r"/c/([^/]+)/", address))]
    addresses += [f"/c/{slug}{part}" for slug in slugs for part in ("/updates.atom", ".json", "/embed")]
    addresses += ["/sitemap.xml", "/theme.css", "/robots.txt"]
    pages = {address: site.get(address) for address in addresses + [f"/en{address}" for address in addresses]}
    assert {page.status_code for page in pages.values()} == {200}
    return {address: page.data for address, page in pages.items()}


def another_site(site, database_url, tmp_path):
    settings = TestSite.settings(database_url, site.stripe_url, site.letterbox.port, tmp_path / "another")
    return TestSite(create_app(settings), site.stripe_url, site.letterbox, site.secret)


def test_dump_then_load_into_an_empty_site_gives_the_same_pages_byte_for_byte(site, example, server, tmp_path):
    load(site, example)
    with site.inside():
        dump_site(tmp_path / "dumped")
    with server.fresh() as empty:
        other = another_site(site, empty.url, tmp_path)
        other.app.extensions["fundsite.media"] = site.app.extensions["fundsite.media"]
        load(other, tmp_path / "dumped")
        ours, theirs = public_pages(site), public_pages(other)
        assert ours.keys() == theirs.keys()
        assert [address for address, page in ours.items() if page != theirs[address]] == []
        with other.inside():
            dump_site(tmp_path / "again")
        other.close()
    first, second = (
        {p.relative_to(r): p.read_bytes() for p in r.rglob("*") if p.is_file()}
        for r in (tmp_path / "dumped", tmp_path / "again")
    )
    assert first == second


@on_sqlite
def test_a_small_folder_loads_with_what_it_says(site, folder):
    load(site, folder)
    campaign = site.one(select(Campaign))
    assert campaign.ends_at == datetime(2026, 12, 13, 15, tzinfo=UTC), "a closing day is meant to its end"
    assert campaign.starts_at == datetime(2025, 12, 31, 15, tzinfo=UTC)
    assert (campaign.currency, campaign.funding, campaign.wording, campaign.minimum) == (
        "JPY",
        "all_in",
        "support",
        100,
    )
    assert site.one(select(Site)).name == "団体"


@on_sqlite
def test_a_change_is_told_and_made_and_no_more(site, folder):
    load(site, folder)
    story = folder / "campaigns" / "ie" / "story.md"
    story.write_text("新しい物語", encoding="utf-8")
    assert load(site, folder) == "0 added, 1 changed, 0 removed"
    (folder / "campaigns" / "ie" / "updates" / "0001-start.md").unlink()
    assert load(site, folder) == "0 added, 0 changed, 1 removed"


def test_a_load_never_touches_what_backers_did(site, folder):
    load(site, folder)
    site.change(update(Campaign).values(ends_at=None))
    site.pay(session_id_of(pledged(site.browser())))
    site.work()
    kept = everything(site)
    toml = folder / "campaigns" / "ie" / "campaign.toml"
    toml.write_text(
        CAMPAIGN.replace("お礼状", "新しいお礼").replace("3000", "4000").replace('ends_at = "2026-12-13"\n', "")
    )
    load(site, folder)
    assert site.check() == []
    now = everything(site)
    for table in ("pledge", "pledge_event", "outbox_mail", "stripe_event"):
        assert now[table] == kept[table]
    assert tuple(site.one(select(Campaign.raised, Campaign.backers))) == (3_000, 1)
    assert tuple(site.one(select(Reward.claimed, Reward.pledged, Reward.amount))) == (1, 1, 4_000)


@pytest.mark.parametrize("status", ["pending", "paid", "expired"])
def test_a_reward_that_somebody_chose_stays(site, folder, status):
    load(site, folder)
    site.change(update(Campaign).values(ends_at=None))
    session_id = session_id_of(pledged(site.browser()))
    if status == "paid":
        site.pay(session_id)
    if status == "expired":
        site.expire(session_id)
    site.work()
    before = everything(site)
    toml = folder / "campaigns" / "ie" / "campaign.toml"
    toml.write_text(CAMPAIGN.replace('code = "A"', 'code = "B"'), encoding="utf-8")
    with pytest.raises(ContentError, match=r"campaign\.toml: rewards A"):
        load(site, folder)
    if status != "expired":
        toml.write_text(CAMPAIGN.replace("stock = 5", "stock = 0"), encoding="utf-8")
        with pytest.raises(ContentError, match="rewards A: stock"):
            load(site, folder)
    assert everything(site) == before


HERE = "campaigns/ie/"
WRONG = {
    "no site file": ("site.toml", None, r"site\.toml: is missing"),
    "no name": ("site.toml", "", r"site\.toml: name: is missing"),
    "no TOML": ("site.toml", "name = ", r"site\.toml: is not TOML"),
    "no UTF-8": ("site.toml", 'name = "団体"'.encode("cp932"), r"site\.toml: is not UTF-8"),
    "unknown key": ("site.toml", SITE.replace("name", "nmae = 1\nname"), r"site\.toml: nmae: "),
    "unknown key in a table": ("site.toml", SITE + 'mail = "x"\n', r"site\.toml: contact\.mail: "),
    "wrong colour": ("site.toml", SITE + '[colours]\naccent = "teal"\n', r"site\.toml: colours\.accent: "),
    "no such logo": ("site.toml", 'logo = "no.png"\n' + SITE, r"site\.toml: logo: "),
    "unknown language": ("site.toml", 'languages = ["fr"]\n' + SITE, r"site\.toml: languages: "),
    "a control character": ("site.toml", 'tagline = "a\\u0000b"\n' + SITE, r"site\.toml: tagline: "),
    "no campaign file": (HERE + "campaign.toml", None, r"campaign\.toml: is missing"),
    "no story": (HERE + "story.md", None, r"story\.md: is missing"),
    "a story that is no text": (HERE + "story.md", b"\xff\xfe", r"story\.md: is not UTF-8"),
    "a story with a control character": (HERE + "story.md", "a\x00b", r"story\.md: "),
    "no title": ("title", 'title = "題"\n', "", r"campaign\.toml: title: is missing"),
    "title is a number": ("title", 'title = "題"', "title = 1", r"campaign\.toml: title: is not a text"),
    "goal is a text": ("goal", "goal = 1000", 'goal = "1000"', r"campaign\.toml: goal: "),
    "goal is zero": ("goal", "goal = 1000", "goal = 0", r"campaign\.toml: goal: "),
    "goal is true": ("goal", "goal = 1000", "goal = true", r"campaign\.toml: goal: "),
    "goal has a fraction": ("goal", "goal = 1000", "goal = 1000.5", r"campaign\.toml: goal: "),
    "goal is beyond all money": ("goal", "goal = 1000", "goal = 99999999999999999999", r"campaign\.toml: goal: "),
    "another model": ("funding", "goal = 1000", 'goal = 1000\nfunding = "some"', r"campaign\.toml: funding: "),
    "no start": ("starts_at", 'starts_at = "2026-01-01"\n', "", r"campaign\.toml: starts_at: is missing"),
    "no date": ("starts_at", '"2026-01-01"', '"next week"', r"campaign\.toml: starts_at: "),
    "a time without a day": ("starts_at", '"2026-01-01"', "10:00:00", r"campaign\.toml: starts_at: "),
    "a day before all calendars": ("starts_at", '"2026-01-01"', "0001-01-01", r"campaign\.toml: starts_at: "),
    "a day after all calendars": ("ends_at", '"2026-12-13"', "9999-12-31", r"campaign\.toml: ends_at: "),
    "an end before the start": ("ends_at", "2026-12-13", "2025-12-13", r"campaign\.toml: ends_at: "),
    "no such picture": ("cover", "images/cover.png", "images/no.png", r"campaign\.toml: cover: "),
    "a picture elsewhere": ("cover", "images/cover.png", "../../site.toml", r"campaign\.toml: cover: "),
    "a picture that is none": (HERE + "images/cover.png", b"GIF89a nonsense", r"cover\.png: "),
    "a code with a space": ("code", 'code = "A"', 'code = "A 1"', r"rewards\[1\]\.code: "),
    "a price of nothing": ("amount", "amount = 3000", "amount = 0", r"rewards\[1\]\.amount: "),
    "a price that no card pays": ("amount", "amount = 3000", "amount = 10000000", r"rewards\[1\]\.amount: "),
    "a stock below nothing": ("stock", "stock = 5", "stock = -1", r"rewards\[1\]\.stock: "),
    "a stock beyond counting": ("stock", "stock = 5", "stock = 3000000000", r"rewards\[1\]\.stock: "),
    "no month": ("fulfilment", "2027-05", "2027-13", r"rewards\[1\]\.fulfilment: "),
    "another way of shipping": ("shipping", "stock = 5", 'shipping = "moon"', r"rewards\[1\]\.shipping: "),
    "nobody may have it": ("per_backer", "stock = 5", "per_backer = 0", r"rewards\[1\]\.per_backer: "),
    "an unknown key of a reward": ("stok", "stock = 5", "stok = 5", r"rewards\[1\]\.stok: "),
    "one reward instead of a list": ("rewards", "[[rewards]]", "[rewards]", r"campaign\.toml: rewards: "),
    "a report's name": (HERE + "updates/second.md", REPORT, r"second\.md: "),
    "a report without front matter": (HERE + "updates/0002-x.md", "本文だけ。", r"0002-x\.md: "),
    "two reports of one number": (HERE + "updates/0001-y.md", REPORT, "two reports have one number"),
    "a folder's name": ("campaigns/Ie No/campaign.toml", CAMPAIGN, r"campaigns/Ie No: "),
}


NEW = HERE + "updates/0002-x.md"
SECOND_A = '[[rewards]]\ncode = "A"\ntitle = "x"\namount = 1\n\n[[rewards]]'
UNASKED = "[[rewards.questions]]\nrequired = true"
LOWER = '[[next_goals]]\namount = 900\ntitle = "x"\n\n[[rewards]]'
SCRIPT = '[[sns]]\nlabel = "x"\nurl = "javascript:alert(1)"\n'


def report_with(line):
    return REPORT.replace("published_at", f"{line}\npublished_at")


WRONG |= {
    "a link that is no address": ("site.toml", SITE + SCRIPT, r"sns\[1\]\.url: "),
    "a question without words": ("q", "stock = 5", UNASKED, r"questions\[1\]\.label: "),
    "a code twice": ("code", "[[rewards]]", SECOND_A, r"rewards\[2\]\.code: "),
    "a next goal below the goal": ("next", "[[rewards]]", LOWER, r"next_goals\[1\]\.amount: "),
    "an audience that is nobody": (NEW, report_with('audience = "frends of us"'), r"0002-x\.md: audience: "),
    "an audience of a reward that is not": (NEW, report_with('audience = ["Z"]'), r"0002-x\.md: audience: "),
    "notify is a text": (NEW, report_with('notify = "yes"'), r"0002-x\.md: notify: "),
}


def damaged(folder, copy, damage):
    """Copy a folder with one thing wrong in it: (file, content) or (_, old text, new text) in campaign.toml."""
    shutil.copytree(folder, copy)
    if len(damage) == 4:
        _, old, new, reason = damage
        path = copy / "campaigns" / "ie" / "campaign.toml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        content = text.replace(old, new, 1)
    else:
        name, content, reason = damage
        path = copy / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return reason


@on_sqlite
def test_each_kind_of_wrong_file_is_refused_with_file_key_and_reason_and_nothing_is_loaded(site, folder, tmp_path):
    for number, (kind, damage) in enumerate(WRONG.items()):
        copy = tmp_path / f"wrong-{number}"
        reason = damaged(folder, copy, damage)
        with pytest.raises(ContentError) as refused:
            load(site, copy)
        assert re.search(reason, str(refused.value)), (kind, str(refused.value))
        assert str(copy) in str(refused.value), kind
        assert "\n" not in str(refused.value), kind
    assert all(rows == [] for rows in everything(site).values())


@on_sqlite
def test_a_wrong_campaign_keeps_the_right_ones_out_too(site, folder):
    shutil.copytree(folder / "campaigns" / "ie", folder / "campaigns" / "zz")
    (folder / "campaigns" / "zz" / "story.md").unlink()
    with pytest.raises(ContentError, match=r"zz/story\.md: is missing"):
        load(site, folder)
    assert all(rows == [] for rows in everything(site).values())


PAPER = b"%PDF-1.7\n%%EOF\n"


@on_sqlite
def test_a_file_that_a_report_offers_is_loaded_and_dumped_byte_for_byte(site, folder, tmp_path):
    campaign = folder / "campaigns" / "ie"
    (campaign / "files").mkdir()
    (campaign / "files" / "資料.pdf").write_bytes(PAPER)
    report = campaign / "updates" / "0001-start.md"
    report.write_text(REPORT + "\n[資料](files/資料.pdf)\n", encoding="utf-8")
    with site.inside():
        load_site(folder)
        assert str(load_site(folder)) == "nothing changed"
        dump_site(tmp_path / "dumped")
    assert (tmp_path / "dumped/campaigns/ie/files/資料.pdf").read_bytes() == PAPER
    with site.get("/c/ie/updates/1/files/資料.pdf") as reply:
        assert reply.data == PAPER
    (campaign / "files" / "資料.pdf").write_bytes(b"GIF89a")
    with site.inside(), pytest.raises(ContentError, match=r"資料\.pdf: is not a file that can be offered"):
        load_site(folder)


@on_sqlite
def test_a_dump_goes_to_a_new_or_empty_folder_alone(site, folder, tmp_path):
    with site.inside(), pytest.raises(ContentError, match="no content"):
        dump_site(tmp_path / "early")
    load(site, folder)
    with site.inside():
        with pytest.raises(ContentError, match="not empty"):
            dump_site(folder)
        (tmp_path / "empty").mkdir()
        dump_site(tmp_path / "empty")
    assert (tmp_path / "empty" / "site.toml").is_file()
    assert not list(tmp_path.glob("*.part"))


@on_sqlite
def test_awkward_texts_survive_a_dump(site, folder, tmp_path):
    awkward = '"""引用""" \\ + = @ ①㈱髙𠮷\n\n+++\n\n\'\'\'終わり'
    with site.inside():
        load_site(folder)
    site.change(
        update(Campaign).values(thanks=awkward, title='"引用" \\ タブ\t'),
        update(Update).values(body=f"{awkward}\n+++\n{awkward}", author="+++"),
        update(Reward).values(body=awkward, stock=0),
    )
    with site.inside():
        dump_site(tmp_path / "dumped")
        load_site(tmp_path / "dumped")
    campaign, reward, report = site.one(select(Campaign)), site.one(select(Reward)), site.one(select(Update))
    assert (campaign.thanks, campaign.title) == (awkward, '"引用" \\ タブ\t')
    assert (reward.body, reward.stock) == (awkward, 0)
    assert (report.body, report.author) == (f"{awkward}\n+++\n{awkward}", "+++")
    assert Path(tmp_path / "dumped").is_dir()


@on_sqlite
def test_figures_of_a_report_stand_in_its_file_and_come_back_from_it(site, folder, tmp_path):
    load(site, folder)
    report = folder / "campaigns" / "ie" / "updates" / "0001-start.md"
    report.write_text(REPORT.replace("+++\n", "+++\nraised = 5012000\nbackers = 412\npercent = 100\n", 1))
    assert load(site, folder) == "0 added, 1 changed, 0 removed"
    page = site.get("/c/ie/updates/1/").text
    assert "この報告の公開時: 支援総額 5,012,000円（100%）・支援者 412人" in page
    with site.inside():
        dump_site(tmp_path / "dumped")
    dumped = (tmp_path / "dumped" / "campaigns" / "ie" / "updates" / "0001-start.md").read_text()
    assert "raised = 5012000\nbackers = 412\npercent = 100\n" in dumped
    assert load(site, tmp_path / "dumped") == "nothing changed"


@pytest.fixture
def milestone(site, folder):
    """A report that a milestone began and somebody published."""
    load(site, folder)
    staff_id = person(site)
    site.work()
    site.change(update(Campaign).values(raised=900, backers=120))
    site.work()
    with site.inside():
        report = site.one(select(Update).where(Update.status == "draft"))
        publish(report.id, report.version, staff_id)


@on_sqlite
@pytest.mark.usefixtures("milestone")
def test_a_report_that_a_milestone_began_is_not_taken_away_by_a_folder_that_does_not_know_it(site, folder):
    assert load(site, folder) == "nothing changed"
    assert site.get("/c/ie/updates/2/").status_code == 200


def test_a_folder_that_changes_a_chosen_reward_keeps_what_it_promised(site, folder):
    load(site, folder)
    site.change(update(Campaign).values(ends_at=None))
    site.pay(session_id_of(pledged(site.browser())))
    site.work()
    toml = folder / "campaigns" / "ie" / "campaign.toml"
    toml.write_text(CAMPAIGN.replace("お礼状", "新しいお礼"), encoding="utf-8")
    load(site, folder)
    load(site, folder)
    promise = site.one(select(RewardPromise))
    assert (promise.title, promise.chosen) == ("お礼状", 1)

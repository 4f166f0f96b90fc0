"""Papers of a batch: made from what the lock kept, without more of a person than the packer needs."""

import pytest
from sqlalchemy import select

from fundsite.audit import AuditEntry
from fundsite.fulfilment import papers
from fundsite.fulfilment.batches import lock_batch, take_out
from fundsite.fulfilment.errors import NotReady
from fundsite.fulfilment.labels import sheets
from support.pdf import pages_of, words_of
from support.shipping import HOME, change, collected, items, locked
from support.staffroom import signed_in

SIZES = ["M", "M", "L", "L"]


@pytest.fixture
def reward(make, campaign):
    return make.reward(campaign, shipping="worldwide", title="手ぬぐい")


@pytest.fixture
def pledges(make, campaign, reward):
    answers = [[{"question": "サイズ", "answer": size}] for size in SIZES]
    return [
        make.paid(campaign, reward, quantity=2 - (number > 0), total=6000 - 3000 * (number > 0), answers=said, **HOME)
        for number, said in enumerate(answers)
    ]


def act(site, what, *args):
    with site.inside():
        return what(*args)


def test_labels_say_where_a_parcel_goes_and_leave_free_what_was_used(site, campaign, pledges):
    batch = locked(site, campaign)
    first, second = pages_of(act(site, papers.labels, batch, 12, 11, None))
    assert first.count("〒100-0001") == 2
    assert second.count("〒100-0001") == 2
    assert "東京都千代田区千代田1-2-3" in first
    assert "髙橋 花子" in first
    assert pledges[0].reference in first


def test_what_was_taken_out_leaves_its_label_empty(site, campaign, pledges):
    batch = locked(site, campaign)
    act(site, take_out, batch, items(site, batch)[1].id, None)
    last = pages_of(act(site, papers.labels, batch, 24, 22, None))[1]
    assert last.count("〒") == 1


def test_a_label_abroad_names_the_country_in_english(site, make, campaign, reward):
    said = {"name": "Anne Martin", "line1": "1 rue X", "city": "Lyon", "region": "", "postal_code": "69001"}
    make.paid(campaign, reward, **{**HOME, **said, "country": "FR"})
    words = words_of(act(site, papers.labels, locked(site, campaign), 24, 1, None))
    assert "FRANCE" in words
    assert "Lyon, 69001" in words


def test_the_same_papers_come_again_whatever_supporters_and_editors_change(site, campaign, reward, pledges):
    batch = locked(site, campaign)
    kinds = [
        lambda: papers.labels(batch, 24, 1, None),
        lambda: papers.pick_list(batch, None),
        lambda: papers.slips(batch, None),
    ]
    before = [act(site, kind) for kind in kinds]
    change(site, pledges[0], line1="あとから", name="別の名前")
    assert [act(site, kind) for kind in kinds] == before


def test_a_pick_list_names_nobody(site, campaign, pledges):
    words = words_of(act(site, papers.pick_list, locked(site, campaign), None))
    assert "髙橋" not in words
    assert "千代田" not in words
    assert "手ぬぐい" in words
    assert "M 3点" in words
    assert "L 2点" in words


def test_an_answer_that_only_one_gave_is_not_on_the_pick_list(site, campaign, pledges):
    change(site, pledges[0], answers=[{"question": "お名前入れ", "answer": "花子"}])
    batch = locked(site, campaign)
    words = words_of(act(site, papers.pick_list, batch, None))
    assert "花子" not in words
    assert "L 2点" in words
    assert "ほか（納品書をご覧ください） 1点" in words
    assert "お名前入れ: 花子" in words_of(act(site, papers.slips, batch, None))


def test_a_slip_has_the_name_and_no_address(site, campaign, pledges):
    words = words_of(act(site, papers.slips, locked(site, campaign), None))
    assert words.count("髙橋 花子") == len(SIZES)
    assert "サイズ: L" in words
    assert "千代田" not in words
    assert "03-1234" not in words


def test_every_sheet_fits_its_paper():
    for sheet in sheets().values():
        right, bottom = sheet.corner(sheet.count - 1)
        assert right + sheet.width <= 210
        assert bottom + sheet.height <= 297


def test_there_are_no_papers_before_the_lock_and_each_that_is_taken_is_noted(site, campaign, pledges):
    batch = collected(site, campaign)
    browser = signed_in(site, "fulfilment")
    place = f"/staff/shipping/batches/{batch}/papers/"
    assert browser.get(f"{place}labels.pdf").status_code == 303
    with pytest.raises(NotReady):
        act(site, papers.slips, batch, None)
    change_to_locked(site, batch)
    assert browser.get(f"{place}labels.pdf?up=24&start=3").data.startswith(b"%PDF")
    assert browser.get(f"{place}labels.pdf?up=13").status_code == 303
    assert browser.get(f"{place}pick.pdf").data.startswith(b"%PDF")
    noted = site.rows(select(AuditEntry.detail).where(AuditEntry.action == "batch.paper").order_by(AuditEntry.id))
    assert [row[0] for row in noted] == [{"format": kind, "items": 4} for kind in ("labels", "pick")]


def change_to_locked(site, batch):
    with site.inside():
        lock_batch(batch, None)

"""The supporter's room: correcting where a parcel goes, until it is prepared; public words; which mails are wanted."""

import re

import pytest
from sqlalchemy import select, update

from fundsite.mail.suppression import Suppression
from fundsite.pledges.change_models import PledgeChange
from fundsite.pledges.models import Pledge
from support.databases import on_sqlite
from support.factories import ADDRESS, filled
from support.parcels import HOME, Parcels, form_of
from support.site import hidden_fields

LOCKED = "発送の準備が始まったため、ご登録の内容は変更できなくなりました。"


@pytest.fixture
def parcels(site, make):
    return Parcels(site, make, questions=[{"label": "サイズ", "required": True}])


def test_an_address_is_corrected_and_the_fields_are_written_down_without_what_stood_in_them(site, parcels):
    pledge, room = parcels.supporter(answers=[{"question": "サイズ", "answer": "M"}])
    browser = site.browser()
    page = browser.get(f"{room}delivery/").text
    assert 'value="見本町1-2-3"' in page
    typed = {
        **form_of(browser, f"{room}delivery/"),
        "q_1": "L",
        "line1": "別町４－５",
        "phone": "０９０ー１２３４ー５６７８",
    }
    reply = browser.post(f"{room}delivery/", data=typed)
    assert (reply.status_code, "saved=1" in reply.location) == (303, True)
    assert parcels.kept(pledge, "line1", "phone", "answers") == (
        "別町４－５",
        "090-1234-5678",
        [{"question": "サイズ", "answer": "L"}],
    )
    [[fields]] = site.rows(select(PledgeChange.fields))
    assert set(fields) == {"phone", "line1", "answers"}
    assert "別町" not in str(site.rows(select(PledgeChange.fields)))
    assert browser.post(f"{room}delivery/", data=typed).status_code == 303
    assert len(site.rows(select(PledgeChange.id))) == 1, "sent twice, it is one change"


@on_sqlite
def test_what_is_wrong_is_said_as_on_the_pledge_form_and_nothing_is_changed(site, parcels):
    pledge, room = parcels.supporter()
    browser = site.browser()
    typed = {**form_of(browser, f"{room}delivery/"), "q_1": "", "postal_code": "12"}
    reply = browser.post(f"{room}delivery/", data=typed)
    assert reply.status_code == 422
    assert "郵便番号は7桁の数字で入力してください。" in reply.text
    assert "ご回答を入力してください。" in reply.text
    assert parcels.kept(pledge, "postal_code") == ("123-4567",)


@pytest.mark.parametrize("status", ["locked", "done"])
def test_from_the_lock_on_the_address_stays_and_the_supporter_is_told_why(site, parcels, status):
    pledge, room = parcels.supporter()
    browser = site.browser()
    typed = {**form_of(browser, f"{room}delivery/"), "q_1": "L", "line1": "別町"}
    parcels.owe(pledge, status)
    reply = browser.post(f"{room}delivery/", data=typed)
    assert reply.status_code == 409
    assert LOCKED in reply.text
    assert parcels.kept(pledge, "line1") == ("見本町1-2-3",)
    for page in ("", "delivery/"):
        html = browser.get(f"{room}{page}").text
        assert LOCKED in html
        assert 'name="line1"' not in html
    assert site.rows(select(PledgeChange.id)) == []


@on_sqlite
def test_while_a_batch_is_only_announced_the_room_says_until_when_to_correct(site, parcels):
    pledge, room = parcels.supporter()
    parcels.owe(pledge, "announced")
    html = site.get(room).text
    assert "お届け先の変更は、" in html
    assert f'href="{room}delivery/"' in html


@on_sqlite
def test_a_parcel_that_went_out_shows_its_number_and_where_to_follow_it(site, parcels):
    pledge, room = parcels.supporter()
    parcels.send(parcels.owe(pledge))
    html = site.get(room).text
    assert "追跡番号 1234" in html
    assert re.search(r'href="https://[^"]*kuronekoyamato[^"]*1234"', html)
    assert "発送が済んでいるため、ご登録の内容は変更できません。" in html


def test_the_later_of_two_windows_is_told_that_something_changed(site, parcels):
    pledge, room = parcels.supporter()
    browser = site.browser()
    first, second = (form_of(browser, f"{room}delivery/") | {"q_1": "M"} for _ in range(2))
    assert browser.post(f"{room}delivery/", data={**first, "line1": "一番町"}).status_code == 303
    reply = browser.post(f"{room}delivery/", data={**second, "line1": "二番町"})
    assert reply.status_code == 409
    assert "ほかの画面で内容が変更されました" in reply.text
    assert parcels.kept(pledge, "line1") == ("一番町",)
    again = {**second, **hidden_fields(reply.text), "line1": "二番町"}
    assert browser.post(f"{room}delivery/", data=again).status_code == 303
    assert parcels.kept(pledge, "line1") == ("二番町",)


@on_sqlite
def test_public_words_in_two_windows_do_not_overwrite_each_other_either(site, parcels):
    pledge, room = parcels.supporter(display_name="はなこ", comment="")
    browser = site.browser()
    seen = hidden_fields(browser.get(room).text)
    assert browser.post(room, data={**seen, "display_name": "はなこ", "comment": "一"}).status_code == 303
    assert browser.post(room, data={**seen, "display_name": "はなこ", "comment": "二"}).status_code == 409
    assert parcels.kept(pledge, "comment") == ("一",)


@on_sqlite
@pytest.mark.parametrize("status", ["pending", "expired", "refunded"])
def test_what_is_over_or_not_begun_is_not_corrected(site, parcels, status):
    pledge, room = parcels.supporter()
    site.change(update(Pledge).where(Pledge.id == pledge.id).values(status=status, counted=False))
    browser = site.browser()
    assert f'href="{room}delivery/"' not in browser.get(room).text
    assert 'name="line1"' not in browser.get(f"{room}delivery/").text


@on_sqlite
def test_notices_of_reports_are_stopped_and_wanted_again_in_the_room(site, parcels):
    pledge, room = parcels.supporter()
    browser = site.browser()
    token = {"csrf_token": hidden_fields(browser.get(room).text)["csrf_token"]}
    browser.post(f"{room}mails", data={**token, "newsletter": "y"})
    assert site.rows(select(Suppression.email, Suppression.topic)) == [
        (pledge.email, f"campaign:{parcels.campaign.id}")
    ]
    assert parcels.kept(pledge, "newsletter") == (True,)
    browser.post(f"{room}mails", data={**token, "reports": "y"})
    assert site.rows(select(Suppression.email)) == []
    assert [set(fields) for [fields] in site.rows(select(PledgeChange.fields).order_by(PledgeChange.id))] == [
        {"reports", "newsletter"},
        {"reports", "newsletter"},
    ]


class TestThePostalCode:
    """It gives the address: on the pledge form and in the room alike."""

    @pytest.fixture
    def ask(self, site, parcels):
        _pledge, room = parcels.supporter()
        browser = site.browser()
        carried = hidden_fields(browser.get(f"{room}delivery/").text)

        def asked(**typed):
            reply = browser.post(f"{room}delivery/", data={**carried, "find_address": "1", "region": "", **typed})
            assert reply.status_code == 200
            return reply.text

        return asked

    @on_sqlite
    def test_empty_fields_are_filled(self, ask):
        html = ask(name="花子", postal_code="１００ー０００１")
        assert '<option selected value="東京都">' in html
        assert 'value="千代田区"' in html
        assert re.search(r'name="line1"[^>]*value="千代田"|value="千代田"[^>]*name="line1"', html)
        assert 'value="花子"' in html, "what was typed elsewhere is kept"
        assert "field-error" not in html

    @on_sqlite
    def test_what_was_typed_is_never_overwritten(self, ask):
        html = ask(postal_code="100-0001", region="大阪府", city="", line1="")
        assert "そのままにしました" in html
        assert '<option selected value="大阪府">' in html
        assert 'value="千代田区"' not in html
        html = ask(postal_code="100-0001", region="東京都", city="", line1="丸の内9-9")
        assert 'value="千代田区"' in html
        assert 'value="丸の内9-9"' in html
        html = ask(postal_code="100-0001", region="東京都", city="千代田区", line1="千代田1-1")
        assert "住所はすでに入力されています" in html
        assert 'value="千代田1-1"' in html

    @on_sqlite
    def test_of_several_addresses_one_is_chosen(self, ask):
        html = ask(postal_code="498-0000")
        assert re.findall(r'name="found_address" value="([^"]+)"', html) == ["愛知県弥富市", "三重県桑名郡木曽岬町"]
        assert 'value="弥富市"' not in html
        html = ask(postal_code="498-0000", found_address="三重県桑名郡木曽岬町")
        assert '<option selected value="三重県">' in html
        assert 'value="桑名郡木曽岬町"' in html

    @on_sqlite
    def test_an_unknown_code_is_said(self, ask):
        assert "見つかりませんでした" in ask(postal_code="999-9999")
        assert "見つかりませんでした" in ask(postal_code="なし")

    @on_sqlite
    @pytest.mark.usefixtures("parcels")
    def test_the_pledge_form_has_the_same_button_and_takes_nothing_by_it(self, site):
        typed = {**ADDRESS, "postal_code": "1000001", "region": "", "city": "", "line1": ""}
        html = filled(site.browser(), find_address="1", **typed).text
        assert 'value="千代田区"' in html
        assert "内容のご確認" not in html
        assert "field-error" not in html


@on_sqlite
def test_a_room_without_a_parcel_offers_no_address(site, make):
    campaign = make.campaign()
    make.reward(campaign)
    parcels = Parcels.of(site, campaign)
    parcels.make = make
    pledge, room = parcels.supporter(**dict.fromkeys(HOME, "") | {"name": "花子"})
    browser = site.browser()
    html = browser.get(f"{room}delivery/").text
    assert 'name="name"' in html
    assert 'name="line1"' not in html
    typed = {**hidden_fields(html), "name": "花代"}
    assert browser.post(f"{room}delivery/", data=typed).status_code == 303
    assert parcels.kept(pledge, "name", "line1") == ("花代", "")

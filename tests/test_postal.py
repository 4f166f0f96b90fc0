"""A postal code says where it leads, offline."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from fundsite import text
from fundsite.postal import Address, addresses


@pytest.mark.parametrize("typed", ["100-0001", "1000001", "〒100ー0001", "１００－０００１", " 100 0001 "])
def test_a_code_is_understood_as_people_type_it(typed):
    assert addresses(typed) == [Address("東京都", "千代田区", "千代田")]


def test_a_code_of_several_places_offers_all_of_them():
    assert {(place.region, place.city) for place in addresses("498-0000")} == {
        ("愛知県", "弥富市"),
        ("三重県", "桑名郡木曽岬町"),
    }


def test_an_office_with_a_code_of_its_own_is_named():
    [office] = addresses("060-8621")
    assert (office.region, office.city) == ("北海道", "札幌市中央区")
    assert office.town.startswith("北一条西6丁目")
    assert "日本経済新聞社" in office.office


@pytest.mark.parametrize("typed", ["", "999-9999", "12345", "不明", "100-00011", "100-0001'"])
def test_what_leads_nowhere_is_an_empty_list(typed):
    assert addresses(typed) == []


def test_every_region_is_one_that_the_forms_offer_and_towns_are_only_towns():
    assert addresses("028-5402")[0].town == "葛巻"  # the list goes on with 第１地割～…
    for code in ("600-8216", "771-1402", "020-0000", "900-0000"):
        assert all(place.region in text.PREFECTURES for place in addresses(code))


def test_many_threads_may_ask_at_once():
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(addresses, ["100-0001", "770-0841"] * 100))
    assert found[0::2] == [[Address("東京都", "千代田区", "千代田")]] * 100
    assert found[1::2] == [[Address("徳島県", "徳島市", "八百屋町")]] * 100

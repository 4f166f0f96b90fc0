"""The carriers' files: as their programs read them, the same bytes each time, and nothing lost in silence."""

import csv
import io
import zipfile
from datetime import date

import pytest

from fundsite.fulfilment.carrier_export import WrongName, export_carrier
from fundsite.fulfilment.carriers import Consignment, carrier_file
from fundsite.fulfilment.characters import suggested, suggestion, unsayable
from fundsite.fulfilment.layout import CARRIERS, layout_of
from fundsite.fulfilment.lines import address_lines
from support.shipping import HOME, SENDER


def parcel(number=1, **said):
    goods = {"reference": f"TEST-{number:04}", "reward": "A", "quantity": 1, "honorific": "様", "answers": []}
    return number, {**HOME, **goods, **said}


def consignment(carrier, parcels):
    return Consignment(carrier, parcels, "書籍", date(2027, 5, 10), SENDER)


def read(content):
    return list(csv.reader(io.StringIO(content.decode("cp932"), newline="")))


def test_b2cloud_has_its_97_columns_with_everything_in_its_place():
    made = carrier_file(consignment("b2cloud", [parcel(quantity=2, line1='千代田1-2-3,"裏"')]))
    assert made.suffix == "csv"
    assert made.content.count(b"\r\n") == 2
    header, row = read(made.content)
    assert len(header) == len(row) == 97
    numbered = {1: "TEST-0001", 2: "0", 5: "2027/05/10", 9: "03-1234-5678", 11: "100-0001", 13: "見本荘101"}
    numbered |= {12: '東京都千代田区千代田1-2-3,"裏"', 16: "髙橋 花子", 17: "ﾀｶﾊｼ ﾊﾅｺ", 18: "様", 4: "", 97: ""}
    numbered |= {20: "03-0000-0000", 22: "100-0002", 23: "東京都千代田区皇居外苑1-1", 25: SENDER["name"]}
    numbered |= {28: "書籍", 33: "A×2", 40: "0300000000", 42: "01"}
    assert {place: row[place - 1] for place in numbered} == numbered
    assert [header[place - 1] for place in (1, 4, 40, 75, 97)] == [
        "お客様管理番号",
        "伝票番号",
        "請求先顧客コード",
        "検索キータイトル1",
        "通知メールアドレス",
    ]


def test_clickpost_takes_40_in_a_file_and_one_that_was_taken_out_moves_no_other():
    parcels = [parcel(number) for number in range(1, 82)]
    made = carrier_file(consignment("clickpost", parcels))
    assert (made.suffix, made.files) == ("zip", 3)
    with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert [len(read(content)) - 1 for content in files.values()] == [40, 40, 1]
    assert list(files) == ["clickpost-01.csv", "clickpost-02.csv", "clickpost-03.csv"]
    assert read(files["clickpost-03.csv"])[1][:4] == ["1000001", "髙橋 花子", "様", "東京都千代田区"]
    without = carrier_file(consignment("clickpost", [one for one in parcels if one[0] != 7]))
    with zipfile.ZipFile(io.BytesIO(without.content)) as archive:
        assert archive.read("clickpost-02.csv") == files["clickpost-02.csv"]


def test_yupri_has_the_columns_that_its_user_registers():
    header, row = read(carrier_file(consignment("yupri", [parcel()])).content)
    said = dict(zip(header, row, strict=True))
    assert said["管理番号"] == "TEST-0001"
    assert said["発送予定日"] == "20270510"
    assert [said[f"お届け先住所{line}"] for line in (1, 2, 3)] == ["東京都千代田区", "千代田1-2-3", "見本荘101"]


@pytest.mark.parametrize("carrier", CARRIERS)
def test_the_same_parcels_are_the_same_bytes_in_whatever_order_they_come(carrier):
    parcels = [parcel(number) for number in range(1, 90)]
    first = carrier_file(consignment(carrier, parcels))
    assert carrier_file(consignment(carrier, parcels[::-1])).content == first.content


def test_what_the_encoding_cannot_say_is_listed_by_reference_and_column():
    made = carrier_file(consignment("clickpost", [parcel(name="𠮷田 ♡")]))
    assert read(made.content)[1][1] == "〓田 〓"
    assert made.unsaid == (("TEST-0001", "お届け先氏名", "𠮷♡"),)


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        ("𠮷田", "吉田"),
        ("髙橋 﨑", "髙橋 﨑"),
        ("A\u00a0B", "A B"),
        ("東京—大阪", "東京―大阪"),
        ("⼈と⺟", "人と母"),
        ("葛\U000e0100城", "葛城"),
        ("José", "Jose"),
        ("か\u3099", "が"),
        ("①㈱", "①㈱"),
    ],
)
def test_letters_get_their_usual_stand_ins(said, instead):
    assert suggested(said) == instead
    assert unsayable(instead) == []


def test_what_has_no_stand_in_is_left_to_a_person():
    for letter in ("♡", "한", "\ue000"):
        assert suggestion(letter) is None
        assert suggested(letter) == letter
        assert unsayable(letter) == [letter]


def test_long_addresses_are_broken_where_a_person_would_and_nothing_is_lost():
    layout = layout_of("clickpost")
    parts = ["北海道見本市", "中央区見本が丘字見本沢西一条南十二丁目100-2345-6789", "見本マンション 1001号室"]
    lines = address_lines(parts, layout.address_sizes, layout.size)
    assert lines is not None
    assert all(len(line) <= 20 for line in lines)
    assert "".join(lines).replace(" ", "") == "".join(parts).replace(" ", "")
    assert any("100-2345-6789" in line for line in lines)
    assert address_lines(["あ" * 81], layout.address_sizes, layout.size) is None


def test_what_fits_nowhere_stands_in_the_file_whole():
    header, row = read(carrier_file(consignment("clickpost", [parcel(line1="あ" * 90)])).content)
    assert "あ" * 90 in row
    assert len(header) == len(row) == 8


def test_the_command_writes_what_is_owed_and_lists_every_letter_that_it_changed(site, make, tmp_path, capsys):
    campaign = make.campaign()
    reward = make.reward(campaign, shipping="japan")
    pledge = make.paid(campaign, reward, **{**HOME, "name": "𠮷田 ♡"})
    make.paid(campaign, make.reward(campaign, "B", shipping="japan"), **HOME)
    with site.inside():
        export_carrier(campaign, "b2cloud", ["A"], tmp_path / "b2.csv")
    rows = read((tmp_path / "b2.csv").read_bytes())
    assert [row[15] for row in rows[1:]] == ["吉田 〓"]
    said = capsys.readouterr()
    assert said.err == f"{pledge.reference}\tname\t𠮷♡\n"
    assert "parcels: 1" in said.out


def test_several_files_need_a_name_that_says_so(site, make, tmp_path):
    campaign = make.campaign()
    reward = make.reward(campaign, shipping="japan")
    for _ in range(41):
        make.paid(campaign, reward, **HOME)
    with site.inside(), pytest.raises(WrongName):
        export_carrier(campaign, "clickpost", [], tmp_path / "click.csv")
    assert not list(tmp_path.glob("*.csv"))

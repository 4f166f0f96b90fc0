"""`fundsite export`: a file, what it could not say, and a record; whatever is wrong is one line and nothing written."""

import csv
import io

import pytest
from sqlalchemy import select

from fundsite import cli
from fundsite.audit import AuditEntry
from fundsite.fulfilment.backer_models import Export
from support.databases import on_sqlite

pytestmark = on_sqlite


@pytest.fixture
def run(site, monkeypatch, capsys):
    """Run the command over the test's site; return its exit code, output and errors."""
    monkeypatch.setattr(cli, "_app", lambda: site.app)

    def command(*words):
        monkeypatch.setattr("sys.argv", ["fundsite", "export", *map(str, words)])
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = end.code or 0
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


@pytest.fixture
def campaign(site, make):
    campaign = make.campaign()
    reward = make.reward(campaign)
    make.paid(campaign, reward, name="𠮷田 太郎", comment="ハート♡")
    make.paid(campaign, name="=1+1")
    return campaign


def read(path, encoding):
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode(encoding), newline="")))


def test_it_writes_the_list_and_names_what_the_encoding_cannot_say(site, run, campaign, tmp_path):
    path = tmp_path / "list.csv"
    code, out, err = run("ie", "--format", "csv", "--encoding", "cp932", "--output", path, "--reason", "宛名の印刷")
    assert code == 0
    assert out == f"2 rows in {path}; 2 fields hold 〓 (listed on stderr)\n"
    assert err == "TEST-0001\tお名前\t𠮷\nTEST-0001\t応援コメント\t♡\n"
    assert [row["お名前"] for row in read(path, "cp932")] == ["〓田 太郎", "'=1+1"]
    assert path.stat().st_mode & 0o077 == 0, "nobody else on the machine reads it"
    export = site.one(select(Export))
    assert (export.reason, export.count, export.replaced, export.status) == ("宛名の印刷", 2, 2, "removed")
    entry = site.one(select(AuditEntry).where(AuditEntry.action == "backers.exported"))
    assert entry.detail == {"count": 2, "format": "csv"}


def test_it_takes_some_rewards_and_statuses(run, campaign, tmp_path):
    path = tmp_path / "list.csv"
    assert run("ie", "--format", "csv", "--reward", "A", "--status", "paid", "--output", path)[0] == 0
    assert [row["受付番号"] for row in read(path, "utf-8-sig")] == ["TEST-0001"]
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert run("ie", "--format", "csv", "--reward", "-", "--encoding", "utf-8", "--output", path)[0] == 0
    assert [row["受付番号"] for row in read(path, "utf-8")] == ["TEST-0002"]


def test_what_is_wrong_is_one_clear_line_and_nothing_is_written(site, run, campaign, tmp_path):
    path = tmp_path / "list.csv"
    to = ("--output", path)
    for words in (
        ("nowhere", "--format", "csv", *to),
        ("ie", *to),
        ("ie", "--format", "pdf", *to),
        ("ie", "--format", "csv"),
        ("ie", "--format", "csv", "--reward", "Z", *to),
        ("ie", "--format", "csv", "--status", "happy", *to),
        ("ie", "--format", "csv", "--encoding", "latin-1", *to),
        ("ie", "--format", "xlsx", "--encoding", "cp932", *to),
        ("ie", "--format", "csv", "--output", tmp_path),
        ("ie", "--format", "csv", "--output", tmp_path / "no" / "list.csv"),
    ):
        code, out, err = run(*words)
        assert (code, out) == (2, ""), words
        assert len(err.splitlines()) == 1, (words, err)
        assert err.startswith("fundsite: "), words
    assert list(tmp_path.iterdir()) == [] or not path.exists()
    assert not site.rows(select(Export))


def test_carriers_files_come_from_the_same_command(site, run, make, tmp_path):
    campaign = make.campaign()
    home = {
        "postal_code": "100-0001",
        "region": "東京都",
        "city": "千代田区",
        "line1": "見本町1-2-3",
        "phone": "03-1234-5678",
    }
    make.paid(campaign, make.reward(campaign, shipping="japan"), name="見本 花子", country="JP", **home)
    path = tmp_path / "b2.csv"
    code, out, _err = run("ie", "--format", "b2cloud", "--output", path)
    assert (code, out) == (0, f"parcels: 1, in {path}\n")
    assert "見本" in path.read_bytes().decode("cp932")
    code, out, err = run("ie", "--format", "b2cloud", "--status", "paid", "--output", path)
    assert (code, out, len(err.splitlines())) == (2, "", 1)

"""The command: what a person did wrong is one clear line and exit 2, and nothing is changed."""

import io

import pytest
from sqlalchemy import func, select, update

from fundsite import cli
from fundsite.campaigns.models import Campaign
from fundsite.staff.models import Staff
from fundsite.staff.service import all_staff
from support.databases import on_sqlite


@pytest.fixture
def run(site, monkeypatch, capsys):
    """Run the command over the test's site; return its exit code, output and errors."""
    monkeypatch.setattr(cli, "_app", lambda: site.app)

    def command(*words, typed=""):
        monkeypatch.setattr("sys.argv", ["fundsite", *map(str, words)])
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = end.code or 0
        said = capsys.readouterr()
        return code, said.out, "".join(line for line in said.err.splitlines(keepends=True) if not line.startswith("{"))

    return command


WRONG = [
    ("nonsense",),
    ("load",),
    ("load", "/no/such/folder"),
    ("dump",),
    ("serve", "--port", "many"),
    ("serve", "--port", "0"),
    ("serve", "--nonsense"),
    ("worker", "--twice"),
    ("staff", "nonsense"),
    ("staff", "add", "a@example.jp"),
    ("staff", "add", "a@example.jp", "--role", "king", "--password-stdin"),
    ("staff", "disable", "nobody@example.jp"),
    ("check", "everything"),
    ("ping", "pong"),
    ("db", "nonsense"),
    ("dump", "/"),
]


@on_sqlite
def test_what_a_person_did_wrong_is_one_clear_line_and_exit_2(run):
    for words in WRONG:
        code, out, err = run(*words)
        assert code == 2, (words, err)
        assert out == "", words
        assert len(err.splitlines()) == 1, (words, err)
        assert err.startswith("fundsite: "), words


@on_sqlite
def test_help_is_no_mistake(run):
    for words in (("--help",), ("load", "-h"), ("staff", "--help")):
        code, out, err = run(*words)
        assert (code, err) == (0, "")
        assert "Usage:" in out


@on_sqlite
def test_a_wrong_folder_says_which_file_is_wrong(run, tmp_path):
    code, out, err = run("load", tmp_path)
    assert (code, out) == (2, "")
    assert err == f"fundsite: {tmp_path}/site.toml: is missing\n"


@on_sqlite
def test_load_and_dump_say_what_they_did(run, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "site.toml").write_text('name = "団体"\n', encoding="utf-8")
    assert run("load", tmp_path / "in") == (0, "1 added, 0 changed, 0 removed\n", "")
    assert run("load", tmp_path / "in") == (0, "nothing changed\n", "")
    code, out, _err = run("dump", tmp_path / "out")
    assert (code, out) == (0, f"0 campaigns written to {tmp_path / 'out'}\n")


def test_check_says_ok_or_each_difference(run, site, make):
    make.campaign()
    assert run("check") == (0, "ok\n", "")
    site.change(update(Campaign).values(raised=1, backers=1))
    code, out, _err = run("check")
    assert code == 1
    assert len(out.splitlines()) == 2
    assert "raised says 1" in out


def test_a_staff_account_is_made_with_a_password_from_standard_input(run, site):
    code, out, err = run(
        "staff", "add", "Owner@Example.jp", "--role", "owner", "--password-stdin", typed="a long enough one\n"
    )
    assert (code, err) == (0, "")
    assert "owner" in out
    with site.inside():
        (person,) = all_staff()
    assert (person.email, person.role) == ("owner@example.jp", "owner")
    assert person.password_hash.startswith("$argon2id$")
    assert "enough" not in person.password_hash + out
    again = run("staff", "add", "owner@example.jp", "--role", "editor", "--password-stdin", typed="a long enough one\n")
    assert again[0] == 2
    assert "has an account already" in again[2]
    assert "owner@example.jp\towner\tactive" in run("staff", "list")[1]
    assert "last owner" in run("staff", "disable", "OWNER@example.jp")[2]
    assert (
        run("staff", "add", "other@example.jp", "--role", "owner", "--password-stdin", typed="a long enough one\n")[0]
        == 0
    )
    assert run("staff", "disable", "OWNER@example.jp")[0] == 0
    assert "disabled" in run("staff", "list")[1]


@on_sqlite
@pytest.mark.parametrize(
    ("email", "typed"), [("owner", "a long enough one\n"), ("a@example.jp", "short\n"), ("a@example.jp", "")]
)
def test_a_bad_address_or_password_makes_no_account(run, site, email, typed):
    code, _out, err = run("staff", "add", email, "--role", "owner", "--password-stdin", typed=typed)
    assert code == 2
    assert len(err.splitlines()) == 1
    assert site.one(select(func.count(Staff.id))) == 0


def test_ping_says_a_line_of_each_part(run, site):
    code, out, _err = run("ping")
    assert code == 0, out
    parts = [line.split()[1].rstrip(":") for line in out.splitlines()]
    assert parts == ["settings", "database", "migrations", "stripe", "smtp"]
    assert all(line.startswith("ok  ") for line in out.splitlines())
    site.letterbox.stop()
    with site.faults(api=[{"match": "*", "status": 401}]):
        code, out, _err = run("ping")
    assert code == 1
    failed = [line.split()[1].rstrip(":") for line in out.splitlines() if line.startswith("FAIL")]
    assert failed == ["stripe", "smtp"]


@on_sqlite
def test_an_unmigrated_database_is_a_line_and_no_traceback(run):
    assert run("db", "downgrade", "base")[0] == 0
    for words in (("check",), ("staff", "list")):
        code, _out, err = run(*words)
        assert code == 2
        assert len(err.splitlines()) == 1
        assert "db upgrade" in err
    code, out, _err = run("ping")
    assert code == 1
    assert "FAIL migrations" in out
    assert run("db", "upgrade")[0] == 0
    assert run("check") == (0, "ok\n", "")

"""The `fundsite` command: thin, each sub-command calls one service."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from alembic import command as alembic
from sqlalchemy.exc import SQLAlchemyError

from fundsite import settings as environment
from fundsite.access import ROLES
from fundsite.app import create_app
from fundsite.checking import all_differences
from fundsite.clock import start_of_day
from fundsite.content.dump import dump_site
from fundsite.content.load import load_site
from fundsite.demo.run import run_demo
from fundsite.errors import FundsiteError
from fundsite.fulfilment.export_command import PARAMS as EXPORT_PARAMS
from fundsite.fulfilment.export_command import run_export
from fundsite.migrate import config
from fundsite.ping import ping_lines
from fundsite.pledges.reconcile import reconcile
from fundsite.serve import refuse_unready, serve
from fundsite.settings import current_settings
from fundsite.staff.codes import switch_off
from fundsite.staff.service import add_staff, all_staff, disable_staff, find_staff
from fundsite.work import run, run_once

if TYPE_CHECKING:
    from flask import Flask

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


def _app() -> "Flask":
    return create_app(environment.from_environment())


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Run a crowdfunding site of your own."""


@cli.command("demo")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65000))
@click.option("--data-dir", default=Path("fundsite-demo"), show_default=True, type=click.Path(path_type=Path))
@click.option("--fresh", is_flag=True, help="Begin again with the demo content.")
def demo_command(port: int, data_dir: Path, fresh: bool) -> None:
    """Run everything on this machine: site, worker, a stand-in for Stripe, caught mail, demo content."""
    run_demo(port, data_dir, fresh=fresh)


@cli.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64))
def serve_command(host: str, port: int, workers: int) -> None:
    """Run the production web server."""
    app = _app()
    with app.app_context():
        refuse_unready()
        serve(host, port, workers)


@cli.command("worker")
@click.option("--once", is_flag=True, help="Do all that is due, then exit.")
def worker_command(once: bool) -> None:
    """Send mail, settle pledges, expire holds."""
    (run_once if once else run)(_app())


@cli.group("db")
def db_group() -> None:
    """Look after the database."""


@db_group.command("upgrade")
@click.argument("revision", default="head")
def upgrade_command(revision: str) -> None:
    """Bring the tables to the newest form."""
    with _app().app_context():
        alembic.upgrade(config(), revision)


@db_group.command("downgrade")
@click.argument("revision")
def downgrade_command(revision: str) -> None:
    """Take the tables back to an earlier form."""
    with _app().app_context():
        alembic.downgrade(config(), revision)


@db_group.command("current")
def current_command() -> None:
    """Show which form the tables have."""
    with _app().app_context():
        alembic.current(config(), verbose=True)


@db_group.command("migrate")
@click.option("--message", "-m", required=True)
@click.option("--number", required=True, help="Such as 0002.")
def migrate_command(message: str, number: str) -> None:
    """Write a migration from what the models say (for developers; CHECK constraints are added by hand)."""
    with _app().app_context():
        alembic.revision(config(), message=message, autogenerate=True, rev_id=number)


@cli.command("load")
@click.argument("folder", type=FOLDER)
def load_command(folder: Path) -> None:
    """Load a site's content from a folder; a second time changes nothing."""
    with _app().app_context():
        click.echo(load_site(folder))


@cli.command("dump")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def dump_command(folder: Path) -> None:
    """Write a site's content to an empty or new folder."""
    with _app().app_context():
        click.echo(dump_site(folder))


@cli.command("check")
def check_command() -> None:
    """Recount every figure from its rows."""
    with _app().app_context():
        found = all_differences()
    for line in found:
        click.echo(line)
    if found:
        sys.exit(1)
    click.echo("ok")


@cli.command("export", params=list(EXPORT_PARAMS))
def export_command(**said: Any) -> None:
    """Write the backer list of a campaign, or files for carriers."""
    with _app().app_context():
        run_export(**said)


@cli.command("reconcile")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="A day; without it, since the first pledge.")
def reconcile_command(since: datetime | None) -> None:
    """Compare with Stripe, apply what was missed, and say what differed."""
    app = _app()
    with app.app_context():
        found = reconcile(start_of_day(since.date(), current_settings().timezone) if since else None)
    for line in found.applied:
        click.echo(f"applied  {line}")
    for line in found.unexplained:
        click.echo(f"OPEN     {line}")
    click.echo(f"{found.looked_at} looked at, {len(found.applied)} applied, {len(found.unexplained)} open")
    if found.unexplained:
        sys.exit(1)


@cli.command("ping")
def ping_command() -> None:
    """Say of each part whether the site can run."""
    lines = list(ping_lines(_app()))
    for ok, line in lines:
        click.echo(f"{'ok  ' if ok else 'FAIL'} {line}")
    if not all(ok for ok, _ in lines):
        sys.exit(1)


@cli.group("staff")
def staff_group() -> None:
    """Look after staff accounts."""


@staff_group.command("add")
@click.argument("email")
@click.option("--role", required=True, type=click.Choice(ROLES))
@click.option("--name", default="", help="What colleagues call this person.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def staff_add_command(email: str, role: str, name: str, password_stdin: bool) -> None:
    """Make a staff account."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else click.prompt("Password", hide_input=True)
    with _app().app_context():
        add_staff(email, role, password, name)
    click.echo(f"added {email} as {role}")


@staff_group.command("list")
def staff_list_command() -> None:
    """List the staff accounts."""
    with _app().app_context():
        for person in all_staff():
            click.echo(f"{person.email}\t{person.role}\t{'disabled' if person.disabled_at else 'active'}")


@staff_group.command("disable")
@click.argument("email")
def staff_disable_command(email: str) -> None:
    """Close a staff account."""
    with _app().app_context():
        disable_staff(email)
    click.echo(f"disabled {email}")


@staff_group.command("codes-off")
@click.argument("email")
def staff_codes_off_command(email: str) -> None:
    """Let somebody who lost the telephone and the recovery codes sign in with the password alone."""
    with _app().app_context():
        switch_off(find_staff(email), by=None)
    click.echo(f"no codes are asked of {email}")


def main() -> None:
    """Run the command; what a person did wrong is one clear line and exit 2."""
    try:
        sys.exit(cli(standalone_mode=False) or 0)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        _refuse(" ".join(error.format_message().split()))
    except click.Abort:
        _refuse("stopped")
    except FundsiteError as error:
        _refuse(str(error))
    except SQLAlchemyError as error:
        _refuse(
            f"the database cannot be used ({type(error).__name__}); see DATABASE_URL, and run `fundsite db upgrade`"
        )


def _refuse(reason: str) -> None:
    click.echo(f"fundsite: {reason}", err=True)
    sys.exit(2)

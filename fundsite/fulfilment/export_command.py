"""`fundsite export`: what is asked for in words, held against the site, written to a file, and said on the terminal."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from fundsite.campaigns.models import Campaign
from fundsite.campaigns.service import NoSuchCampaign, find_campaign
from fundsite.csv_file import ENCODINGS
from fundsite.fulfilment.backer_filter import NO_REWARD, Wanted
from fundsite.fulfilment.carrier_export import export_carrier
from fundsite.fulfilment.export import FORMATS, CannotExport, Written, export_to
from fundsite.fulfilment.exports import note_command
from fundsite.fulfilment.layout import CARRIERS
from fundsite.fulfilment.obligations import keep_obligations
from fundsite.pledges.models import STATUSES
from fundsite.rewards.service import rewards_of

PARAMS = (
    click.Argument(["slug"], metavar="CAMPAIGN"),
    click.Option(
        ["--format", "kind"], required=True, type=click.Choice([*FORMATS, *CARRIERS]), help="What the file is for."
    ),
    click.Option(["--reward", "codes"], multiple=True, metavar="CODE", help="Only this reward; may be given again."),
    click.Option(["--status", "statuses"], multiple=True, type=click.Choice(STATUSES), help="Only these pledges."),
    click.Option(["--encoding"], type=click.Choice(ENCODINGS), help="Of a CSV file.  [default: utf-8-sig]"),
    click.Option(["--reason"], default="", help="Why, for the record of exports."),
    click.Option(["--output"], required=True, type=click.Path(path_type=Path), help="The file to write."),
)


def run_export(  # noqa: PLR0917 - they are the options of the command
    slug: str,
    kind: str,
    codes: Sequence[str],
    statuses: Sequence[str],
    encoding: str | None,
    reason: str,
    output: Path,
) -> None:
    """Write the file, say how many rows it holds, and name on stderr what its encoding cannot say.

    Raises FundsiteError, with nothing written, for a campaign or a reward that is not there.
    """
    if kind in CARRIERS and (statuses or encoding):
        raise CannotExport(f"{kind} files hold what is owed, in the carrier's encoding: no --status, no --encoding")
    campaign = _campaign(slug)
    known = {reward.code for reward in rewards_of(campaign.id)} | {NO_REWARD}
    if unknown := [code for code in codes if code not in known]:
        raise CannotExport(f"{slug} has no reward {', '.join(unknown)}")
    keep_obligations()
    if kind in CARRIERS:
        export_carrier(campaign, kind, codes, output)
        return
    wanted = Wanted(campaign_id=campaign.id, rewards=tuple(codes), statuses=tuple(statuses))
    written = export_to(output, wanted, kind, encoding, progress=_progress)
    note_command(wanted, kind, encoding or "", reason, written)
    for one in written.replaced:
        click.echo(f"{one.row}\t{one.column}\t{one.letters}", err=True)
    click.echo(_said(written, output))


def _campaign(slug: str) -> Campaign:
    try:
        return find_campaign(slug)
    except NoSuchCampaign:
        raise CannotExport(f"there is no campaign {slug}") from None


def _said(written: Written, output: Path) -> str:
    missing = f"; {written.replaced_count} fields hold 〓 (listed on stderr)" if written.replaced_count else ""
    return f"{written.count} rows in {output}{missing}"


def _progress(done: int, of: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{done:,} / {of:,}", nl=done >= of, err=True)

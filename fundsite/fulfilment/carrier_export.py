"""`fundsite export` for a carrier: everything that a campaign owes now, in the carrier's file."""

from collections.abc import Sequence
from pathlib import Path

import click

from fundsite.campaigns.models import Campaign
from fundsite.errors import FundsiteError
from fundsite.fulfilment.export import replacing
from fundsite.fulfilment.files import owed_file


class WrongName(FundsiteError):
    """The file's name says another kind of file; nothing was written."""


def export_carrier(campaign: Campaign, carrier: str, codes: Sequence[str], output: Path) -> None:
    """Write the carrier's file, and name on stderr each letter that it could not say: reference, field, letters.

    Raises WrongName, with nothing written, where there are several files and `output` does not end in .zip.
    """
    made = owed_file(carrier, campaign, codes)
    if made.suffix == "zip" and output.suffix != ".zip":
        raise WrongName(
            f"{carrier} takes no more in one file: {made.files} files, so name a --output that ends in .zip"
        )
    with replacing(output) as out:
        out.write(made.content)
    for reference, field, letters in made.unsaid:
        click.echo(f"{reference}\t{field}\t{letters}", err=True)
    changed = f"; {len(made.unsaid)} fields hold other letters (listed on stderr)" if made.unsaid else ""
    click.echo(f"parcels: {made.parcels}, in {output}{changed}")

"""From what people wrote about a reward to what its row keeps."""

from fundsite.campaigns.render import Stored, Values, finder
from fundsite.markup import to_html


def body_values(code: str, body: str, stored: Stored) -> Values:
    """Return what a row keeps of a reward's text."""
    return {"body": body, "body_html": to_html(body, pictures=finder(stored), id_prefix=f"{code.lower()}-").html}

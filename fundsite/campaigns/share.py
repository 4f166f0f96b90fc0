"""Links that offer a page to the networks that supporters use."""

from dataclasses import dataclass
from urllib.parse import urlencode


@dataclass(frozen=True)
class ShareLink:
    """A link that offers a page to a network; opened by the visitor, never loaded by the page."""

    network: str
    url: str


def share_links(title: str, url: str, hashtags: list[str]) -> tuple[ShareLink, ...]:
    """Return links that offer `url` to the networks that supporters use."""
    tags = ",".join(tag.lstrip("#＃") for tag in hashtags)
    return (
        ShareLink("LINE", "https://social-plugins.line.me/lineit/share?" + urlencode({"url": url})),
        ShareLink("X", "https://x.com/intent/post?" + urlencode({"text": title, "url": url, "hashtags": tags})),
        ShareLink("Facebook", "https://www.facebook.com/sharer/sharer.php?" + urlencode({"u": url})),
    )

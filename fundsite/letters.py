"""Mails made of the templates in `templates/mail/<event>/`, in the organisation's name."""

from flask import render_template

from fundsite.mail import Letter
from fundsite.site import current_site


def letter(event: str, **said: object) -> Letter:
    """Return the words of a mail; its templates know the site, and what is `said` to them."""
    site = current_site()
    said = {"site": site, **said}
    return Letter(
        subject=" ".join(render_template(f"mail/{event}/subject.txt", **said).split()),
        text=render_template(f"mail/{event}/body.txt", **said).strip() + "\n",
        html=render_template(f"mail/{event}/body.html", **said),
        sender_name=site.name,
        reply_to=site.contact_email,
    )

"""The public pages. They set no cookie and read no session, so anything may cache them."""

from flask import Blueprint, Response, jsonify, render_template, url_for

from fundsite import clock
from fundsite.access import public
from fundsite.campaigns.present import card_of, header_of
from fundsite.campaigns.service import all_campaigns, find_campaign, next_goals
from fundsite.pages.campaign import campaign_page
from fundsite.pages.machine import campaign_json, readiness, sitemap_addresses, theme_css
from fundsite.pledges.comments import backers_page
from fundsite.settings import current_settings
from fundsite.updates.service import newest_of_all, teaser
from fundsite.web import asked_number, cached

bp = Blueprint("pages", __name__)

BACKERS_PER_PAGE = 50
NEWEST_ON_HOME = 4


@bp.get("/")
@public
@cached
def home() -> str:
    """Show the organisation, its campaigns and its newest reports."""
    now = clock.now()
    cards = [card_of(campaign, now) for campaign in all_campaigns()]
    return render_template(
        "pages/home.html",
        cards_open=sorted(
            (card for card in cards if card.shape in {"open", "upcoming"}), key=lambda card: card.backers, reverse=True
        ),
        cards_monthly=[card for card in cards if card.shape == "monthly"],
        cards_ended=[card for card in cards if card.shape == "ended"],
        updates=[(slug, title, teaser(update)) for slug, title, update in newest_of_all(NEWEST_ON_HOME)],
    )


@bp.get("/c/<slug>/")
@public
@cached
def campaign(slug: str) -> str:
    """Show a campaign."""
    return render_template("pages/campaign.html", page=campaign_page(slug))


@bp.get("/c/<slug>/backers/")
@public
@cached
def backers(slug: str) -> str:
    """List the backers who are content to be seen, and count the others among them."""
    found = find_campaign(slug)
    header = header_of(found, next_goals(found))
    comments, older = backers_page(found.id, asked_number("before"), BACKERS_PER_PAGE)
    return render_template("pages/backers.html", header=header, comments=comments, older=older)


@bp.get("/c/<slug>/embed")
@public
@cached
def embed(slug: str) -> str:
    """Show a small card for other sites to frame."""
    found = find_campaign(slug)
    return render_template("pages/embed.html", header=header_of(found, next_goals(found)))


@bp.get("/c/<slug>.json")
@public
@cached
def campaign_data(slug: str) -> Response:
    """Give a campaign's figures to programs; any site may read them."""
    response = jsonify(campaign_json(slug))
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@bp.get("/legal/")
@public
@cached
def legal() -> str:
    """Show the legal notice (特定商取引法に基づく表記)."""
    return render_template("pages/legal.html")


@bp.get("/privacy/")
@public
@cached
def privacy() -> str:
    """Show what personal data is asked for, and why."""
    return render_template("pages/privacy.html")


@bp.get("/theme.css")
@public
@cached
def theme() -> Response:
    """Serve the site's own colours as custom properties."""
    return Response(theme_css(), mimetype="text/css")


@bp.get("/robots.txt")
@public
@cached
def robots() -> Response:
    """Tell crawlers where not to go: forms and private rooms."""
    sitemap_url = current_settings().site_url + url_for("pages.sitemap")
    private = "".join(f"Disallow: /{path}/\n" for path in ("pledges", "staff", "followers", "follow", "mail"))
    text = f"User-agent: *\n{private}Disallow: /c/*/pledge\nSitemap: {sitemap_url}\n"
    return Response(text, mimetype="text/plain")


@bp.get("/sitemap.xml")
@public
@cached
def sitemap() -> Response:
    """List the public pages."""
    xml = render_template("pages/sitemap.xml", addresses=sitemap_addresses())
    return Response(xml, mimetype="application/xml")


@bp.get("/healthz")
@public
def healthz() -> Response:
    """Say that the process answers."""
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
@public
def readyz() -> Response:
    """Say whether the site can serve: database there, migrations done."""
    lack = readiness()
    return Response(f"{lack or 'ok'}\n", status=503 if lack else 200, mimetype="text/plain")

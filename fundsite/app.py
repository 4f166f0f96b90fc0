"""The application: settings, extensions, doors, blueprints, error pages."""

from flask import Flask, g
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from fundsite import captcha, error_pages, logs, mail, security, web
from fundsite.accounting.manage import bp as money
from fundsite.accounting.manage_books import bp as money_books
from fundsite.accounting.manage_books import payouts_bp as money_payouts
from fundsite.accounting.manage_offline import bp as money_offline
from fundsite.accounting.manage_refunds import bp as money_back
from fundsite.campaigns.manage import bp as campaigns_manage
from fundsite.campaigns.manage_gallery import bp as gallery_manage
from fundsite.campaigns.manage_goals import bp as goals_manage
from fundsite.db import db, engine_options, prepare_engine
from fundsite.errors import SettingsError
from fundsite.fulfilment.letters import WRITERS as SHIPPING_WRITERS
from fundsite.fulfilment.manage import bp as shipping
from fundsite.fulfilment.manage_backers import bp as backers
from fundsite.fulfilment.manage_batch import bp as shipping_batch
from fundsite.fulfilment.manage_check import bp as shipping_check
from fundsite.fulfilment.manage_exports import bp as backers_exports
from fundsite.fulfilment.manage_out import bp as shipping_out
from fundsite.fulfilment.manage_papers import bp as shipping_papers
from fundsite.fulfilment.manage_promises import bp as shipping_promises
from fundsite.fulfilment.manage_same import bp as backers_same
from fundsite.fulfilment.manage_tracking import bp as shipping_tracking
from fundsite.fulfilment.promise_notices import WRITERS as PROMISE_WRITERS
from fundsite.i18n import language_prefix
from fundsite.limits import limiter
from fundsite.media import MediaStore, open_store
from fundsite.models import ALL
from fundsite.pages.campaign_links import campaign_links, staff_may
from fundsite.pages.manage import bp as dashboard
from fundsite.pages.manage_opening import bp as pages_manage
from fundsite.pages.media import bp as media
from fundsite.pages.views import bp as pages
from fundsite.paths import shipped
from fundsite.payments.stripe_gateway import StripeGateway
from fundsite.pledges.decline_alarm import WRITERS as ALARM_WRITERS
from fundsite.pledges.letters import WRITERS
from fundsite.pledges.manage import bp as comments
from fundsite.pledges.transfers.manage import bp as transfers
from fundsite.pledges.views import bp as pledges
from fundsite.pledges.webhook import bp as webhooks
from fundsite.receipts.letters import WRITERS as RECEIPT_WRITERS
from fundsite.receipts.manage import bp as receipts
from fundsite.receipts.manage_donors import bp as receipts_donors
from fundsite.receipts.manage_issue import bp as receipts_new
from fundsite.receipts.manage_runs import bp as receipts_runs
from fundsite.receipts.views import bp as mailed_receipts
from fundsite.rewards.manage import bp as rewards_manage
from fundsite.settings import Settings
from fundsite.site import current_site
from fundsite.staff import guard
from fundsite.staff.account import bp as account
from fundsite.staff.letters import WRITERS as STAFF_WRITERS
from fundsite.staff.manage import bp as people
from fundsite.staff.manage import log_bp as audit_log
from fundsite.staff.navigation import here, staff_nav
from fundsite.staff.views import bp as staff
from fundsite.supporters.data_manage import bp as personal_data
from fundsite.supporters.delivery import bp as delivery
from fundsite.supporters.letters import WRITERS as LINK_WRITERS
from fundsite.supporters.monthly_room import bp as monthly_room
from fundsite.supporters.promises import bp as promises
from fundsite.supporters.receipts import bp as room_receipts
from fundsite.supporters.reward_files import bp as reward_files
from fundsite.supporters.room import bp as room
from fundsite.supporters.views import bp as supporters
from fundsite.updates.letters import SHEETS
from fundsite.updates.letters import WRITERS as UPDATE_WRITERS
from fundsite.updates.manage_notification import bp as notifications
from fundsite.updates.manage_uploads import bp as reports
from fundsite.updates.reading import bp as reading
from fundsite.updates.reading_files import bp as report_files
from fundsite.updates.subscription import bp as followers
from fundsite.updates.subscription import stopping
from fundsite.updates.views import bp as updates

LARGEST_REQUEST = 1024 * 1024
PUBLIC_PAGES = (pages, updates, pledges, webhooks, reading, followers, stopping, report_files, media)
ROOM_PAGES = (room, promises, monthly_room, reward_files, delivery, room_receipts, mailed_receipts, supporters)
STAFF_PAGES = (staff, account, people, audit_log, dashboard, comments, reports, notifications, personal_data)
RECEIPT_PAGES = (receipts, receipts_new, receipts_runs, receipts_donors)
MONEY_PAGES = (money, money_back, money_offline, money_books, money_payouts, transfers)
BACKER_PAGES = (backers, backers_same, backers_exports)
EDITING_PAGES = (campaigns_manage, goals_manage, gallery_manage, rewards_manage, pages_manage)
SHIPPING_PAGES = (
    *(shipping, shipping_batch, shipping_check, shipping_out),
    *(shipping_papers, shipping_promises, shipping_tracking),
    *BACKER_PAGES,
)
BLUEPRINTS = PUBLIC_PAGES + ROOM_PAGES + STAFF_PAGES + EDITING_PAGES + MONEY_PAGES + SHIPPING_PAGES + RECEIPT_PAGES
csrf = CSRFProtect()


def create_app(settings: Settings) -> Flask:
    """Build the application. Nothing is connected to yet, and no table is touched."""
    logs.configure(settings.log_format)
    app = Flask("fundsite", template_folder=str(shipped("templates")))
    app.config.update(_config(settings))
    app.extensions["fundsite.settings"] = settings
    app.extensions["fundsite.tables"] = ALL
    app.extensions["fundsite.media"] = _media_store(settings)
    app.extensions["fundsite.gateway"] = StripeGateway(
        settings.stripe_secret_key, settings.stripe_webhook_secret, settings.stripe_api_base, settings.host
    )
    captcha.install(app, settings)
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    writers = WRITERS | STAFF_WRITERS | UPDATE_WRITERS | ALARM_WRITERS | LINK_WRITERS
    writers |= SHIPPING_WRITERS | PROMISE_WRITERS | RECEIPT_WRITERS
    mail.install(app, settings.mail, settings.site_url, writers, SHEETS)
    _install_guards(app, settings)
    web.install(app, settings.timezone)
    app.context_processor(lambda: {"site": current_site(), "member": g.get("staff")})
    app.jinja_env.globals.update(staff_nav=staff_nav, staff_here=here)
    app.jinja_env.globals.update(campaign_links=campaign_links, staff_may=staff_may)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    error_pages.install(app)
    app.wsgi_app = language_prefix(app.wsgi_app, settings.locale)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, 0, 0, 0)  # type: ignore[method-assign]
    return app


def _media_store(settings: Settings) -> MediaStore:
    try:
        return open_store(settings.media_url)
    except ValueError as error:
        raise SettingsError(str(error)) from None


def _config(settings: Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(settings.database_url),
        "TRUSTED_HOSTS": [settings.host, "localhost", "127.0.0.1", "[::1]"],
        "MAX_CONTENT_LENGTH": LARGEST_REQUEST,
        "SEND_FILE_MAX_AGE_DEFAULT": web.YEAR,
        "SESSION_COOKIE_SECURE": settings.is_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session: people fill a form over lunch
        "WTF_I18N_ENABLED": False,
        "RATELIMIT_ENABLED": settings.rate_limits,
        "RATELIMIT_STORAGE_URI": settings.redis_url or "memory://",
    }


def _install_guards(app: Flask, settings: Settings) -> None:
    guard.install(app)  # before anything reads the body: only staff may send a large one
    csrf.init_app(app)
    csrf.exempt(webhooks)  # signed by Stripe instead
    csrf.exempt(stopping)  # called by mail programs; its address holds a token instead
    limiter.init_app(app)
    security.install(app, settings)

"""Apps that are built once: to build one takes longer than most tests."""

from contextlib import contextmanager

from fundsite import logs
from fundsite.app import create_app
from fundsite.limits import limiter
from fundsite.media import open_store


class Apps:
    """Lends an app for the settings of a test; it comes back as it was built, whatever the test has put into it."""

    def __init__(self):
        self.built = {}

    @contextmanager
    def lend(self, settings):
        """Lend an app that stands at this database, this Stripe and this SMTP server, with these settings."""
        doors = (settings.database_url, settings.stripe_api_base, settings.mail.port)
        if doors not in self.built:
            self.built[doors] = create_app(settings)
        app = self.built[doors]
        config, extensions = dict(app.config), dict(app.extensions)
        app.extensions["fundsite.settings"] = settings
        app.extensions["fundsite.media"] = open_store(settings.media_url)
        app.extensions["fundsite.writers"] = dict(extensions["fundsite.writers"])
        logs.configure(settings.log_format)  # pytest puts another standard error before each test
        limiter.enabled = settings.rate_limits  # one for all apps: whichever was built last has set it
        yield app
        for there, before in ((app.config, config), (app.extensions, extensions)):
            there.clear()
            there.update(before)

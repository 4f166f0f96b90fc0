"""The sandbox's own time, apart from the machine's so that it can be moved one day."""

import time


class Clock:
    """Time as objects know it. Webhook signatures and retries keep to the machine's time."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> float:
        return time.time() + self.ahead

    def seconds(self) -> int:
        """Return the present whole second, as Stripe's time stamps have it."""
        return int(self.now())

"""The sandbox's own time, apart from the machine's so that it can be moved."""

import time


class Clock:
    """Time as objects know it. Webhook signatures and retries keep to the machine's time."""

    def __init__(self, ahead: float = 0.0) -> None:
        self.ahead = ahead

    def now(self) -> float:
        return time.time() + self.ahead

    def seconds(self) -> int:
        """Return the present whole second, as Stripe's time stamps have it."""
        return int(self.now())

    def set(self, moment: float) -> None:
        """Make it `moment` now; time goes on from there."""
        self.ahead = moment - time.time()

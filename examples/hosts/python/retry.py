"""When a call is made again, and after how many seconds: full jitter, what the provider asks for
first, and a budget, so that a provider that is down is not asked more often than one that is up."""

import random

AGAIN = ("rate-limited", "unavailable")
BUDGET = 20.0
PER_SUCCESS = 0.1
LONGEST_STEP = 30
LONGEST_WAIT = 300


class Retry:
    """The policy of one sync."""

    def __init__(self, retries: int):
        self._budget, self._retries = BUDGET, retries

    def success(self) -> None:
        self._budget = min(self._budget + PER_SUCCESS, BUDGET)

    def wait(self, outcome: str, asked: int | None, failed: int) -> float | None:
        """Seconds until the try after `failed` tries, or `None` where there is none."""
        spent = failed > self._retries or self._budget < 1
        if outcome not in AGAIN or spent or (asked or 0) > LONGEST_WAIT:
            return None
        self._budget -= 1
        if asked is None:
            return min(2 ** (failed - 1), LONGEST_STEP) * random.random()
        return min(asked + random.random(), LONGEST_WAIT)

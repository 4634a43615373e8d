"""Drift: has what we predict become harder than it was?"""

from __future__ import annotations

from math import isfinite


class PageHinkley:
    """Says when the mean of a stream of losses has gone up.

    m_t = Σ (x_i - mean_i - slack), mean_i that of the first i; an alarm when m_t stands more than
    `threshold` above its lowest value so far. A rise smaller than `slack` is let pass; a higher
    `threshold` means fewer false alarms and a later true one. After an alarm it starts anew. The
    first `warm_up` values give no alarm. `update` returns whether there is one now; `statistic` is
    how far m_t stands above its lowest.
    Raises ValueError for a negative slack, a threshold that is not positive, and losses that are
    no finite numbers. Source: Page, Biometrika 1954. Book: real time.

    >>> alarm = PageHinkley(slack=0.1, threshold=1.0, warm_up=2)
    >>> [alarm.update(x) for x in [0, 0, 0, 0, 1, 1, 1]]
    [False, False, False, False, False, True, False]
    """

    statistic: float
    _lowest: float

    def __init__(self, slack: float = 0.005, threshold: float = 50.0, warm_up: int = 30) -> None:
        if not (isfinite(slack) and slack >= 0 and isfinite(threshold) and threshold > 0):
            raise ValueError(
                f"slack={slack}, threshold={threshold}: expected a slack >= 0, a threshold > 0"
            )
        self.slack, self.threshold, self.warm_up = slack, threshold, warm_up
        self._reset()

    def update(self, loss: float) -> bool:
        """Take the next loss; True where the mean has gone up."""
        if not isfinite(loss):
            raise ValueError(f"loss={loss}: expected a finite number")
        self._n += 1
        self._mean += (loss - self._mean) / self._n
        self._sum += loss - self._mean - self.slack
        self._lowest = min(self._lowest, self._sum)
        self.statistic = self._sum - self._lowest
        if self._n > self.warm_up and self.statistic > self.threshold:
            self._reset()
            return True
        return False

    def _reset(self) -> None:
        self._n, self._mean, self._sum = 0, 0.0, 0.0
        self._lowest, self.statistic = 0.0, 0.0

"""Page-Hinkley by hand and on coins; Thompson sampling against ridge regression and greed."""

from __future__ import annotations

import numpy as np
import pytest

from xdrec.stream import PageHinkley, ThompsonSampling


class TestPageHinkley:
    def test_by_hand(self):
        alarm = PageHinkley(slack=0.1, threshold=1.0, warm_up=0)
        for loss, mean, m in [(0, 0, -0.1), (1, 1 / 2, 0.3), (1, 2 / 3, 0.3 + 1 / 3 - 0.1)]:
            assert not alarm.update(loss)
            assert alarm._mean == pytest.approx(mean)
            assert alarm.statistic == pytest.approx(m + 0.1)

    def test_a_rise_is_noticed_soon_after_it_came(self):
        rng = np.random.default_rng(0)
        delays = []
        for _ in range(30):
            losses = np.r_[rng.random(500) < 0.5, rng.random(500) < 0.8]
            alarm = PageHinkley(slack=0.1, threshold=8.0)
            delays.append(next(n for n, x in enumerate(losses) if alarm.update(float(x))) - 500)
        assert np.median(delays) in range(10, 120)
        assert np.mean(np.array(delays) < 0) < 0.1

    def test_no_alarm_where_nothing_rises(self):
        alarm = PageHinkley(slack=0.05, threshold=3.0)
        assert not any(alarm.update(x) for x in np.linspace(1, 0, 500))
        assert not any(PageHinkley(slack=0.0, threshold=0.1).update(0.3) for _ in range(500))

    def test_after_an_alarm_it_starts_anew(self):
        alarm = PageHinkley(slack=0.0, threshold=1.0, warm_up=0)
        assert [alarm.update(x) for x in [0, 0, 3, 3, 3]] == [False, False, True, False, False]

    def test_none_while_it_warms_up(self):
        alarm = PageHinkley(slack=0.0, threshold=0.1, warm_up=5)
        assert [alarm.update(x) for x in [0, 9, 9, 9, 9, 9]] == [False] * 5 + [True]

    @pytest.mark.parametrize(
        "knobs", [{"slack": -1}, {"threshold": 0}, {"slack": float("nan")}, {"threshold": 1e999}]
    )
    def test_refusals(self, knobs):
        with pytest.raises(ValueError, match="expected a slack"):
            PageHinkley(**knobs)

    @pytest.mark.parametrize("loss", [float("nan"), float("inf")])
    def test_a_loss_is_a_number(self, loss):
        alarm = PageHinkley()
        with pytest.raises(ValueError, match="finite"):
            alarm.update(loss)
        assert alarm.update(1.0) is False


class TestThompsonSampling:
    def test_its_mean_is_ridge_regression_towards_the_prior(self):
        rng = np.random.default_rng(0)
        v, prior = rng.standard_normal((20, 4)), rng.standard_normal(4)
        shown, rewards = rng.integers(20, size=50), rng.random(50)
        bandit = ThompsonSampling(v, prior=prior, ridge=3.0)
        assert np.allclose(bandit.mean, prior)
        for item, reward in zip(shown, rewards, strict=True):
            bandit.learn(item, reward)
        x = v[shown]
        a = x.T @ x + 3 * np.eye(4)
        assert np.allclose(bandit.mean, np.linalg.solve(a, x.T @ rewards + 3 * prior))
        assert np.allclose(bandit._inverse, np.linalg.inv(a))

    def test_it_tries_an_item_as_often_as_it_may_be_the_best(self):
        bandit = ThompsonSampling(np.eye(2), ridge=1.0, noise=1.0, seed=0)
        bandit.learn(0, 1.0)  # item 0: N(1/2, 1/2), item 1: N(0, 1)
        first = np.mean([bandit.choose() == 0 for _ in range(4000)])
        # P(N(1/2, 3/2) > 0) = Φ(0.408) = 0.658
        assert first == pytest.approx(0.658, abs=0.03)

    def test_greed_sticks_to_the_first_luck_and_sampling_does_not(self):
        chances, regret = np.array([0.3, 0.8]), {0.0: 0.0, 1.0: 0.0}
        for explore in regret:
            for seed in range(20):
                bandit = ThompsonSampling(np.eye(2), explore=explore, seed=seed)
                coins = np.random.default_rng(seed)
                for _ in range(300):
                    item = bandit.choose()
                    bandit.learn(item, float(coins.random() < chances[item]))
                    regret[explore] += (0.8 - chances[item]) / 20
        assert regret[1.0] < 0.4 * regret[0.0]

    def test_only_what_is_allowed(self):
        bandit = ThompsonSampling(np.eye(3))
        assert {bandit.choose(np.array([False, True, False])) for _ in range(20)} == {1}
        with pytest.raises(ValueError, match="no item may be shown"):
            bandit.choose(np.zeros(3, bool))

    def test_one_seed_one_sequence(self):
        a, b = (ThompsonSampling(np.eye(5), seed=3) for _ in range(2))
        assert [a.choose() for _ in range(20)] == [b.choose() for _ in range(20)]

    @pytest.mark.parametrize(
        "knobs",
        [
            {"vectors": np.ones(3)},
            {"vectors": np.full((2, 2), np.nan)},
            {"prior": np.ones(3)},
            {"ridge": 0},
            {"noise": -1},
            {"explore": -1},
        ],
    )
    def test_refusals(self, knobs):
        with pytest.raises(ValueError, match="expected"):
            ThompsonSampling(**{"vectors": np.eye(2)} | knobs)

    def test_a_reward_is_a_number(self):
        with pytest.raises(ValueError, match="finite"):
            ThompsonSampling(np.eye(2)).learn(0, float("nan"))

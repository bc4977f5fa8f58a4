"""Probabilities mean what they say, never fall as scores rise, and thresholds keep what they promise."""

from __future__ import annotations

import numpy as np
import pytest

from zhengyu.intervals import Z90_ONE_SIDED, wilson
from zhengyu.themes.calibration import Calibration, fit_calibration
from zhengyu.themes.model import Model
from zhengyu.themes.thresholds import (
    FLOOR_GRID,
    NEVER,
    Decision,
    PrecisionFloors,
    bound_precision,
    choose_decision,
)
from zhengyu_corpus.errors import ZhengyuError


def sigmoid(x: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-x)))


def drawn(rng: np.random.Generator, chance: np.ndarray) -> np.ndarray:
    return (rng.random(chance.shape) < chance).astype(int)


def test_calibration_finds_the_probability_that_made_the_labels() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(20_000, 1)) * 3
    found = fit_calibration(scores, drawn(rng, sigmoid(0.5 * scores - 1)))
    assert found.methods == ("sigmoid",)
    assert found.slope[0] == pytest.approx(0.5, abs=0.03)
    assert found.offset[0] == pytest.approx(-1, abs=0.06)


def test_the_data_choose_the_curve() -> None:
    rng = np.random.default_rng(0)
    scores = rng.uniform(-6, 6, size=(8000, 2))
    # Column 0 is a sigmoid; column 1 rises in two stairs, which no sigmoid can.
    stairs = np.select([scores[:, 1] < -2, scores[:, 1] < 3], [0.05, 0.5], 0.95)
    chance = np.column_stack([sigmoid(scores[:, 0]), stairs])
    found = fit_calibration(scores, drawn(rng, chance))
    assert found.methods == ("sigmoid", "isotonic")
    assert np.abs(found.probability(scores) - chance)[:, 1].mean() < 0.05
    assert np.abs(found.probability(scores) - chance)[:, 0].mean() < 0.03


def test_few_documents_never_bend_a_curve() -> None:
    rng = np.random.default_rng(0)
    scores = rng.uniform(-6, 6, size=(8000, 1))
    labels = drawn(rng, np.select([scores < -2, scores < 3], [0.05, 0.5], 0.95))
    assert fit_calibration(scores, labels, np.arange(8000) % 3).methods == ("sigmoid",)


def test_a_higher_score_is_always_a_higher_probability(model: Model) -> None:
    bent = Calibration(
        np.array([0.7, 1.0]), np.array([0.1, 0.0]), np.array([1, 1, 1]), np.array([-1.0, 0.0, 2.0]), np.array([-3.0, -2.9, 1.0])
    )  # fmt: skip
    for calibration in (bent, model.calibration):
        # Beyond 30 in log-odds neighbouring probabilities are one float.
        span = np.linspace(-9, 9, 4001)[:, None] * np.ones(calibration.slope.size)
        chances = calibration.probability(span)
        assert (np.diff(chances, axis=0) >= 0).all()
        inside = (chances[1:] > 1e-9) & (chances[1:] < 1 - 1e-9)
        assert (np.diff(chances, axis=0)[inside] > 0).all()


def test_decision_rules() -> None:
    decision = Decision(np.array([0.5, 0.4]), none_above=0.6, none_below=0.2)
    chances = np.array([[0.65, 0.1, 0.1], [0.65, 0.45, 0.7], [0.3, 0.1, 0.1], [0.3, 0.1, 0.3], [0.04, 0.03, 0.1]])
    assert decision.apply(chances).tolist() == [
        [True, False],
        [False, False],
        [True, False],
        [False, False],
        [False, False],
    ]
    doubtful = decision.uncertain(chances, decision.apply(chances))
    assert doubtful.tolist() == [
        [False, False],
        [False, True],
        [True, False],
        [False, False],
        [False, False],
    ]


@pytest.fixture(scope="module")
def two_themes() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    truth = drawn(rng, np.full((4000, 2), 0.3))
    low = np.where(truth == 1, 0.3, 0.1) + rng.normal(0, 0.02, truth.shape)
    high = np.where(truth == 1, 0.68, 0.45) + rng.normal(0, 0.02, truth.shape)
    chances = np.column_stack([low[:, 0], high[:, 1], np.full(4000, 0.3)])
    return chances, np.column_stack([truth, np.zeros(4000, dtype=int)])


def test_thresholds_follow_the_theme(two_themes: tuple[np.ndarray, np.ndarray]) -> None:
    chosen = choose_decision(*two_themes)
    assert 0.12 < chosen.thresholds[0] < 0.28
    assert 0.47 < chosen.thresholds[1] < 0.66


def test_goals_move_thresholds_their_way() -> None:
    rng = np.random.default_rng(2)
    chances = np.column_stack([rng.beta(0.5, 2, size=(6000, 2)), np.full(6000, 0.1)])
    targets = drawn(rng, chances)
    by_goal = {goal: choose_decision(chances, targets, goal) for goal in ("recall", "f1", "precision")}
    mean = [decision.thresholds.mean() for decision in by_goal.values()]
    assert mean[0] < mean[1] - 0.05 < mean[2] - 0.10
    share = [decision.apply(chances).mean() for decision in by_goal.values()]
    assert share[0] > share[1] > share[2]


def test_floors_are_kept_on_new_documents() -> None:
    rng = np.random.default_rng(3)
    chances = np.column_stack([rng.beta(0.6, 1.2, size=(6000, 40)), np.full(6000, 0.1)])
    targets, documents = drawn(rng, chances), np.arange(6000) // 2
    half = 3000
    floors = bound_precision(chances[:half], targets[:half], documents[:half], NEVER)
    for floor in (0.7, 0.9):
        decision = floors.decision(floor)
        given = decision.apply(chances[half:])
        some = given.any(axis=0)
        # The labels were drawn with these chances, so their mean is the true precision.
        precision = (given * chances[half:, :-1]).sum(0)[some] / given.sum(0)[some]
        # The bound is one-sided at 90 %: nine of ten themes keep the floor, and none falls far below.
        assert (precision >= floor).mean() >= 0.85
        assert precision.min() > floor - 0.04
        assert some.sum() >= 36


def test_bounds_count_documents_not_paragraphs() -> None:
    chances = np.column_stack([np.full((100, 1), 0.9), np.zeros(100)])
    targets = np.column_stack([np.ones((100, 1), int), np.zeros(100, int)])
    many = bound_precision(chances, targets, np.arange(100), NEVER).bounds[0, 0]
    few = bound_precision(chances, targets, np.arange(100) // 20, NEVER).bounds[0, 0]
    assert many == pytest.approx(wilson(100, 100, Z90_ONE_SIDED)[0])
    assert few == pytest.approx(wilson(5, 5, Z90_ONE_SIDED)[0])
    assert bound_precision(chances, targets, np.arange(100), NEVER).bounds[0, -1] == 0  # nothing reaches 0.99


def test_a_theme_that_cannot_keep_the_floor_is_never_given() -> None:
    bounds = np.zeros((2, FLOOR_GRID.size))
    bounds[0, 40:] = 0.92
    decision = PrecisionFloors(bounds, 0.8).decision(0.9)
    assert decision.thresholds.tolist() == [FLOOR_GRID[40], NEVER]
    assert decision.apply(np.array([[0.99, 1.0, 0.0], [0.99, 1.0, 0.9]])).tolist() == [[True, False], [False, False]]
    with pytest.raises(ZhengyuError, match="between"):
        PrecisionFloors(bounds, 0.8).decision(0.3)


def test_every_answer_follows_from_the_probabilities_shown(model: Model) -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(-3, 4, size=(500, model.intercept.size))
    chances = model.calibration.probability(scores)
    for goal in model.decisions:
        chosen = model.deciding(goal).decision
        given = chosen.apply(chances)
        plain = (chances[:, :-1] >= chosen.thresholds) & (chances[:, -1:] < chosen.none_above)
        rescued = given & ~plain
        assert not (plain & ~given).any()
        assert (rescued.sum(axis=1) <= 1).all()
        assert (chances[rescued.any(axis=1), -1] < chosen.none_below).all()


def test_a_heading_is_given_nothing_below_its_threshold() -> None:
    decision = Decision(np.array([0.5, 0.5]), none_above=0.6, none_below=0.3)
    chances = np.array([[0.2, 0.1, 0.05], [0.2, 0.1, 0.05], [0.7, 0.1, 0.05]])
    texts = ["会议休会。", "会议通知", "春耕备耕"]
    given = decision.apply(chances, texts.__getitem__)
    assert given.tolist() == [[True, False], [False, False], [True, False]]

"""Logistic regressions of several sets of rows at once are those that scikit-learn fits one by one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from zhengyu_training.slogans.solver import fit_logistic

ROWS, FEATURES, STRENGTH = 400, 30, 5.0


@pytest.fixture(scope="module")
def problem() -> tuple[sparse.csr_matrix, np.ndarray, np.ndarray]:
    """Return rows, classes that overlap, and weights for three sets of rows."""
    rng = np.random.default_rng(3)
    X = sparse.random(ROWS, FEATURES, density=0.3, format="csr", rng=rng)
    positive = np.asarray(X @ rng.normal(size=FEATURES)).ravel() + rng.normal(size=ROWS) > 0.5
    weights = rng.uniform(0.2, 1.0, size=(ROWS, 1)) * np.ones(3)
    weights[::4, 1] = weights[1::3, 2] = 0.0
    return X, positive, weights


def test_each_set_of_rows_has_the_weights_it_would_have_alone(problem: tuple) -> None:
    X, positive, weights = problem
    coef, bias = fit_logistic(X, positive, STRENGTH * weights)
    for fit in range(3):
        kept = weights[:, fit] > 0
        # liblinear penalises the bias too, as it is penalised here.
        alone = LogisticRegression(C=STRENGTH, solver="liblinear", tol=1e-8, max_iter=1000)
        alone.fit(X[kept], positive[kept], sample_weight=weights[kept, fit])
        np.testing.assert_allclose(coef[fit], alone.coef_[0], atol=0.02)
        assert bias[fit] == pytest.approx(alone.intercept_[0], abs=0.02)


def test_a_set_of_no_rows_has_no_weights(problem: tuple) -> None:
    X, positive, weights = problem
    coef, bias = fit_logistic(X, positive, np.column_stack([weights[:, 0], np.zeros(ROWS)]))
    assert not coef[1].any()
    assert bias[1] == 0.0
    assert np.abs(coef[0]).max() > 0.5

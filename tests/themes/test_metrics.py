"""Precision, recall and F, against figures worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from zhengyu.themes.metrics import f1_of_sets, f_measure, f_score, harmonic_mean, none_f1, precision, recall


def test_f_scores() -> None:
    given = np.array([[True], [True], [False], [False]])
    labels = np.array([[1], [0], [1], [-1]])
    assert f_score(given, labels)[0] == pytest.approx(0.5)
    given[2] = True  # precision 2/3, recall 1
    assert f_score(given, labels, 2.0)[0] == pytest.approx(5 * (2 / 3) / (4 * 2 / 3 + 1))
    assert f_score(given, labels, 0.5)[1][0] == pytest.approx(1.25 * (2 / 3) / (0.25 * 2 / 3 + 1))


def test_counts_by_theme_and_nothing_among_nothing() -> None:
    assert list(precision([1, 0], [1, 0])) == [0.5, 0]
    assert recall(3, 1) == 0.75
    assert f_measure(0, 0, 0) == 0
    assert np.isnan(f_measure(0, 0, 0, empty=np.nan))
    assert harmonic_mean(0.5, 1.0) == pytest.approx(2 / 3)
    assert harmonic_mean(0.0, 0.0) == 0
    assert f1_of_sets(np.array([True, True, False]), np.array([True, False, False])) == pytest.approx(2 / 3)


def test_a_paragraph_given_only_doubtful_themes_is_not_counted_for_none() -> None:
    labels = np.array([[0, -1], [0, 0], [1, 0]])
    assert none_f1(np.array([[False, True], [False, False], [True, False]]), labels) == 1
    assert none_f1(np.array([[True, True], [False, False], [True, False]]), labels) == pytest.approx(2 / 3)

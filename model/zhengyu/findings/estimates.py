"""Estimates from a checked sample: shares corrected for wrong tags, precision and recall, with their intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from zhengyu.intervals import jeffreys, wilson

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: Fewer errors than this, and a variance that they tell is not believed to be smaller than weights make it.
MIN_ERRORS = 5
#: Where the upper tail of a two-sided 95 % interval begins.
_UPPER = 0.975


@dataclass(frozen=True, slots=True, eq=False)
class Checks:
    """The checked paragraphs.

    Attributes
    ----------
    rows : ndarray of int, shape (n_checked,)
        Which of the population each is.
    truth : ndarray of bool, shape (n_checked, n_themes)
        The themes that a person gave.
    weights : ndarray of float, shape (n_checked,)
        How many paragraphs each stands for: the inverse of its inclusion probability.
    strata : ndarray of int, shape (n_checked,)
        Strata numbered from 0.
    """

    rows: NDArray[np.int64]
    truth: Bools
    weights: Floats
    strata: NDArray[np.int64]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.rows)


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Shares of themes, each array of shape (n_themes,).

    Attributes
    ----------
    paragraphs, documents, checked, checked_documents : int
        How many there are in the group, and how many of these were checked.
    raw : ndarray
        Share of the paragraphs that were given the theme.
    share, low, high : ndarray
        Corrected share with its 95 % interval; missing where fewer than two paragraphs were checked.
    errors : ndarray of int
        Checked paragraphs on whose theme tag and check differ.
    more : ndarray
        Further checks that would halve the interval; missing where no number of checks would.
    """

    paragraphs: int
    documents: int
    checked: int
    checked_documents: int
    raw: Floats
    share: Floats
    low: Floats
    high: Floats
    errors: NDArray[np.int64]
    more: Floats


def corrected_shares(
    given: Bools, documents: NDArray[np.integer[Any]], checks: Checks, *, inside: Bools | None = None,
    these_documents: bool = False,
) -> Shares:  # fmt: skip
    r"""Return shares of themes corrected for wrong tags, by the difference estimator.

    .. math:: \hat\theta = \frac1N\sum_{i\in U} f_i + \frac{\sum_{i\in s} w_i (y_i - f_i)}{\sum_{i\in s} w_i}

    where *f* is the tag and *y* the check: the share among all tags, and what the checked sample *s* says of its error
    (prediction-powered inference; design-based supervised learning). It is right on average however bad the tags are.

    The interval adds up, by the squares of their lengths (MOVER), three parts: Jeffreys' intervals of the rate of
    missed and of wrong tags, over the effective number of checks, which clusters of documents, weights and strata make
    smaller or larger, with quantiles of Student's t; and Wilson's interval of the raw share over the effective number
    of paragraphs, which says what other documents like these would have given.

    Parameters
    ----------
    given : ndarray of bool, shape (n_paragraphs, n_themes)
        The tags of all paragraphs.
    documents : ndarray of int, shape (n_paragraphs,)
        The document of each.
    checks : Checks
        The checked paragraphs.
    inside : ndarray of bool, shape (n_paragraphs,), optional
        A group of paragraphs; all when not given.
    these_documents : bool, default=False
        Whether shares are those of these very documents, so that checking alone makes error.

    References
    ----------
    A. N. Angelopoulos et al., Prediction-powered inference, Science, 2023. N. Egami et al., Using imperfect surrogates
    for downstream inference, NeurIPS 2023. G. Y. Zou and A. Donner, Construction of confidence limits about effect
    measures (MOVER), Statistics in Medicine, 2008. E. L. Korn and B. I. Graubard, Confidence intervals for
    proportions with small expected number of positive counts estimated from survey data, 1998.
    """
    part = slice(None) if inside is None else inside
    own, held = given[part], documents[part]
    size, docs = len(own), len(np.unique(held))
    raw = own.mean(axis=0)
    within = np.ones(len(checks), dtype=bool) if inside is None else inside[checks.rows]
    n = int(within.sum())
    difference = checks.truth.astype(np.int8) - given[checks.rows]
    errors = (difference[within] != 0).sum(axis=0)
    checked_documents = len(np.unique(documents[checks.rows[within]]))
    missing = np.full(given.shape[1], np.nan)
    if n < 2 or (not these_documents and checked_documents < 2):
        return Shares(size, docs, n, checked_documents, raw, missing, missing, missing, errors, missing)
    weights = np.where(within, checks.weights, 0.0)
    total = weights.sum()
    tags = given[checks.rows]
    bias = weights @ difference / total
    spread = _centred(weights[:, None] * (difference - bias) / total, checks.strata)
    freedom = n - 1 if these_documents else checked_documents - 1
    t = _quantile(freedom)

    def variance(values: Floats) -> Floats:
        """Return the variance of sums of values over the sample, documents as clusters."""
        if these_documents:
            unsampled = np.clip(1 - 1 / checks.weights, 0.0, 1.0)
            return np.asarray((unsampled[:, None] * values**2).sum(axis=0) * n / (n - 1))
        sums = _by_document(values, documents[checks.rows], documents)
        return np.asarray((sums**2).sum(axis=0) * checked_documents / (checked_documents - 1))

    def rate(wrong: Bools, side: Bools) -> tuple[Floats, Floats, Floats]:
        """Return the rate of one kind of error, which one side of the tags can have, with its interval."""
        value = weights @ wrong / total
        found = variance(_centred(weights[:, None] * (wrong - value) / total, checks.strata))
        effective = _effective(value, found, (wrong & within[:, None]).sum(axis=0), weights, side,
                               1 - n / size if these_documents else 1.0)  # fmt: skip
        return value, *jeffreys(value * effective, effective, t)

    missed, low_missed, high_missed = rate(difference > 0, ~tags)
    wrong, low_wrong, high_wrong = rate(difference < 0, tags)
    # There are no more missed and wrong tags than paragraphs without and with the tag.
    high_missed = np.clip(high_missed, missed, np.maximum(missed, 1 - raw))
    high_wrong = np.clip(high_wrong, wrong, np.maximum(wrong, raw))
    low_raw = high_raw = np.zeros_like(raw)
    if not these_documents:
        sums = _by_document(spread, documents[checks.rows], documents)
        deviations = _by_document((own - raw) / size, held, documents)
        many = docs / (docs - 1)
        both = ((sums + deviations) ** 2).sum(axis=0) * many
        # What the tags add, with their covariance; never less than they vary by themselves.
        of_tags = np.maximum(both - variance(spread), (deviations**2).sum(axis=0) * many)
        apart = of_tags > 0
        effective = np.clip(raw * (1 - raw) / np.where(apart, of_tags, 1.0), 1.0, size)
        low, high = wilson(raw * effective, effective, _quantile(docs - 1))
        low_raw, high_raw = np.where(apart, raw - low, 0.0), np.where(apart, high - raw, 0.0)
    below = (missed - low_missed) ** 2 + (high_wrong - wrong) ** 2
    above = (high_missed - missed) ** 2 + (wrong - low_wrong) ** 2
    share = np.clip(raw + bias, 0.0, 1.0)
    low = np.clip(raw + bias - np.sqrt(below + low_raw**2), 0.0, share)
    high = np.clip(raw + bias + np.sqrt(above + high_raw**2), share, 1.0)
    if n == size and these_documents:
        low = high = share
    more = _more_checks((below + above) / 2, (low_raw**2 + high_raw**2) / 2, n, size, finite=these_documents)
    return Shares(size, docs, n, checked_documents, raw, share, low, high, errors, more)


def _quantile(freedom: int) -> float:
    return float(special.stdtrit(max(1, freedom), _UPPER))


def _centred(values: Floats, strata: NDArray[np.int64]) -> Floats:
    """Return values less the mean of their stratum, scaled so that their squares are unbiased; one stratum is as is."""
    sizes = np.bincount(strata)
    if np.count_nonzero(sizes) < 2:
        return values
    sums = np.zeros((len(sizes), values.shape[1]))
    np.add.at(sums, strata, values)
    several = sizes > 1
    means = np.where(several[:, None], sums / np.maximum(sizes, 1)[:, None], 0.0)
    scale = np.where(several, np.sqrt(sizes / np.maximum(sizes - 1, 1)), 1.0)
    found: Floats = (values - means[strata]) * scale[strata][:, None]
    return found


def _by_document(values: Floats, documents: NDArray[np.integer[Any]], every: NDArray[np.integer[Any]]) -> Floats:
    """Return sums by document, of shape (n_documents, n_columns)."""
    many = int(every.max()) + 1 if len(every) else 0
    sums = [np.bincount(documents, column, minlength=many) for column in values.T]
    return np.stack(sums, axis=1).astype(np.float64)


def _effective(
    rate: Floats, variance: Floats, events: NDArray[np.int64], weights: Floats, side: Bools, unsampled: float
) -> Floats:
    """Return over how many simple checks a rate would vary as it does.

    A variance is told by the errors that were found. Of few it says little, and of none nothing: then the rate is no
    better known than by the weights of the paragraphs that can have the error.
    """
    total = weights.sum()
    share, squares = weights @ side / total, (weights**2) @ side / total**2
    by_weights = np.where(squares > 0, share / np.where(squares > 0, squares, 1.0), 1.0) / max(unsampled, 1e-9)
    by_errors = np.where(variance > 0, rate * (1 - rate) / np.where(variance > 0, variance, 1.0), by_weights)
    return np.where(events >= MIN_ERRORS, by_errors, np.minimum(by_errors, by_weights))


def _more_checks(checking: Floats, documents: Floats, n: int, size: int, *, finite: bool) -> Floats:
    """Return how many further checks halve an interval, given the squares of its halves' parts."""
    aim = (checking + documents) / 4 - documents
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = 1 / (1 / size + (1 / n - 1 / size) / 4) if finite else n * checking / aim
    found = np.ceil(np.where(aim > 0, needed - n, np.nan))
    return np.where(found + n <= size, found, np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class Ratios:
    """Precision, recall or F1 of themes with 95 % intervals, and how many paragraphs each is of."""

    value: Floats
    low: Floats
    high: Floats
    of: NDArray[np.int64]


def ratios(
    hits: NDArray[Any], of: NDArray[Any], able: Bools, checks: Checks, documents: NDArray[np.integer[Any]], *,
    these_documents: bool = False,
) -> Ratios:  # fmt: skip
    """Return weighted ratios of two counts on the checked paragraphs.

    The variance is that of the linearised ratio, documents as clusters; the interval is Jeffreys' over the effective
    number of paragraphs, with quantiles of Student's t.

    Parameters
    ----------
    hits, of : ndarray of shape (n_checked, n_themes)
        What is counted above and below.
    able : ndarray of bool, shape (n_checked, n_themes)
        Which paragraphs can have the error that the ratio counts: those with the tag for precision, without for recall.
    checks : Checks
        The checked paragraphs.
    documents : ndarray of int, shape (n_paragraphs,)
        The document of each paragraph of the population.
    these_documents : bool, default=False
        As in `corrected_shares`.
    """
    weights, own = checks.weights, documents[checks.rows]
    below = weights @ of
    count = of.sum(axis=0)
    some = below > 0
    value = np.where(some, weights @ hits / np.where(some, below, 1.0), np.nan)
    steady = np.nan_to_num(value)
    spread = _centred(weights[:, None] * (hits - steady * of) / np.where(some, below, 1.0), checks.strata)
    clusters = len(np.unique(own))
    if these_documents:
        variance = (np.clip(1 - 1 / weights, 0, 1)[:, None] * spread**2).sum(axis=0)
        freedom, unsampled = len(checks) - 1, max(1 - len(checks) / len(documents), 1e-9)
    else:
        variance = (_by_document(spread, own, documents) ** 2).sum(axis=0) * clusters / max(clusters - 1, 1)
        freedom, unsampled = clusters - 1, 1.0
    # As in `_effective`: of few errors, no better known than by the weights of the paragraphs that can have one.
    each = (weights**2) @ able / np.maximum(weights @ able, 1e-12)
    by_weights = np.where(each > 0, below / np.where(each > 0, each, 1.0), count) / unsampled
    by_errors = np.where(variance > 0, steady * (1 - steady) / np.where(variance > 0, variance, 1.0), by_weights)
    few = ((of - hits) > 0).sum(axis=0) < MIN_ERRORS
    effective = np.where(few, np.minimum(by_errors, by_weights), by_errors)
    low, high = jeffreys(steady * effective, effective, _quantile(freedom))
    return Ratios(value, np.where(some, low, np.nan), np.where(some, high, np.nan), count.astype(np.int64))


def rogan_gladen(raw: ArrayLike, sensitivity: ArrayLike, specificity: ArrayLike) -> Floats:
    """Return shares corrected by sensitivity and specificity; missing where the two say nothing of the theme.

    References
    ----------
    W. J. Rogan and B. Gladen, Estimating prevalence from the results of a screening test, 1978.

    Examples
    --------
    >>> rogan_gladen([0.12], [0.8], [0.95]).round(3).tolist()
    [0.093]
    """
    gain = np.asarray(sensitivity) + np.asarray(specificity) - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (np.asarray(raw) + np.asarray(specificity) - 1) / np.where(gain > 0.05, gain, np.nan)
    clipped: Floats = np.clip(found, 0.0, 1.0)
    return clipped

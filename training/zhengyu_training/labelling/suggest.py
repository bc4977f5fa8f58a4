"""Which unlabelled paragraphs to label next: the uncertain, of thin themes above all, and unlike one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from zhengyu.themes.scorer import Scorer
from zhengyu_training.labelling.tasks import Task

#: Distance from its threshold at which a theme counts as certain.
WIDTH = 0.30
#: Coded paragraphs at which a theme's uncertainty counts once; at a quarter of them it counts twice.
ENOUGH = 200
#: How much likeness to a paragraph that is suggested already takes away: all of it for the same text.
DIVERSITY = 1.0


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A paragraph worth labelling.

    Attributes
    ----------
    task : Task
        The paragraph.
    score : float
        What labelling it would teach: 0 nothing; about 1 for each theme at its very threshold.
    why : str
        The themes that are uncertain, most of all first, or ``at random``.
    """

    task: Task
    score: float
    why: str


def suggest(
    scorer: Scorer,
    tasks: Sequence[Task],
    count: int,
    *,
    at_random: float = 0.2,
    per_document: int | None = None,
    seed: int = 0,
) -> list[Suggestion]:
    """Rank unlabelled paragraphs by what labelling them would teach.

    A theme adds the more, the nearer its probability stands to its threshold and the fewer paragraphs of it the model
    was trained on (uncertainty sampling, weighted); none adds likewise at one half. The best paragraph is taken, then
    the best of the rest after its likeness to those taken is subtracted (maximal marginal relevance), and so on.

    Parameters
    ----------
    scorer : Scorer
        Scores with the model to be taught.
    tasks : sequence of Task
        Paragraphs; those that are coded already are passed over.
    count : int
        How many to suggest.
    at_random : float, default=0.2
        Share drawn at random from the rest, so that the labelled set does not hold hard cases only.
    per_document : int, optional
        At most so many of one document; when not given, twice its even share, and at least 5.
    seed : int
        What makes the draw repeatable.

    References
    ----------
    J. Carbonell and J. Goldstein, The use of MMR, 1998. B. Settles, Active learning literature survey, 2009.
    """
    pool = [task for task in {task.text: task for task in tasks}.values() if task.themes is None]
    if not pool:
        return []
    model = scorer.model
    probabilities = scorer.probabilities([task.text for task in pool])
    thresholds = np.append(np.minimum(model.decision.thresholds, 1.0), 0.5)
    near = np.maximum(0.0, 1 - np.abs(probabilities - thresholds) / WIDTH) * _thinness(scorer)
    gain = near.sum(axis=1)
    rows = [scorer.weights(task.text) for task in pool]
    matrix = sparse.csr_matrix(
        (
            np.concatenate([weights for _, weights in rows]),
            np.concatenate([columns for columns, _ in rows]),
            np.cumsum([0, *(columns.size for columns, _ in rows)]),
        ),
        shape=(len(pool), model.idf.size),
    )
    wanted = min(count, len(pool))
    documents = len({task.carried.get("doc", task.id) for task in pool})
    most = per_document or max(5, -(-2 * wanted // documents))
    by_gain = wanted - round(at_random * wanted)
    likest = np.zeros(len(pool))
    free = np.ones(len(pool), dtype=bool)
    taken: dict[str, int] = {}
    names = [*model.themes.ids, "none"]
    found: list[Suggestion] = []

    def take(i: int, score: float, why: str) -> None:
        free[i] = False
        document = pool[i].carried.get("doc", pool[i].id)
        taken[document] = taken.get(document, 0) + 1
        if taken[document] >= most:
            free[[j for j, task in enumerate(pool) if task.carried.get("doc", task.id) == document]] = False
        np.maximum(likest, np.asarray((matrix @ matrix[i].T).todense()).ravel(), out=likest)
        found.append(Suggestion(pool[i], score, why))

    while len(found) < by_gain and free.any():
        value = np.where(free, gain * (1 - DIVERSITY * np.minimum(1.0, likest)), -1.0)
        best = int(value.argmax())
        why = [names[k] for k in np.argsort(-near[best], kind="stable")[:3] if near[best, k] > 0]
        take(best, float(value[best]), "uncertain: " + ", ".join(why) if why else "unlike the others")
    rng = np.random.default_rng(seed)
    while len(found) < wanted and free.any():
        chosen = int(rng.choice(np.flatnonzero(free)))
        take(chosen, float(gain[chosen]), "at random")
    return found


def _thinness(scorer: Scorer) -> NDArray[np.float64]:
    rows = scorer.model.evaluation.get("cross_validation", {}).get("themes", {})
    support = np.array([float(rows.get(theme, {}).get("support", ENOUGH)) for theme in scorer.model.themes.ids])
    return np.append(np.sqrt(ENOUGH / np.clip(support, 10.0, None)).clip(1.0, 3.0), 1.0)

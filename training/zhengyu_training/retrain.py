"""The retraining script: labelled paragraphs to a checked, fitted, evaluated model folder."""

from __future__ import annotations

import hashlib
import json
import platform
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from zhengyu.io.labelled import check
from zhengyu.io.layout import TableOptions
from zhengyu.persistence.folder import load_model, refuse_foreign, save_model
from zhengyu.persistence.registry import Registry
from zhengyu.themes.classifier import ThemeClassifier, with_none
from zhengyu.themes.pipeline import label_matrix
from zhengyu.themes.thresholds import GOALS
from zhengyu.themes.tokens import Tokenizer
from zhengyu_corpus.check import require_sound, text_digest
from zhengyu_corpus.errors import Problem, ZhengyuError
from zhengyu_corpus.lexicon import load_lexicon
from zhengyu_corpus.readers import builtin_files
from zhengyu_corpus.records import BagOfWords, Record
from zhengyu_corpus.stats import stats
from zhengyu_corpus.themes import ThemeSet, load_themes, read_themes_text
from zhengyu_training import background
from zhengyu_training.checks import refuse_untrained, trainable
from zhengyu_training.evaluation.confusion import ConfusionTable, confusion_table
from zhengyu_training.evaluation.evaluate import Evaluation, evaluate, evaluate_model
from zhengyu_training.evaluation.operating_points import OperatingPoint, operating_points
from zhengyu_training.evaluation.sources import UNSEEN, fit_novelty, group_figures, sources_of
from zhengyu_training.feature_choice import feature_sets, fit_best
from zhengyu_training.model_card import model_card, top_terms
from zhengyu_training.slogans.train import MIN_DOCUMENTS, train_slogans

#: Packages whose versions decide the bytes of a model.
_PACKAGES = ("jieba", "numpy", "opencc", "scikit-learn", "scipy")
#: Fewer paragraphs of a theme than this are said to be few.
THIN = 20
_MIN_RECORDS = 20
#: Shares of the training that are done when a step ends.
_READ, _FITTED, _LEFT_OUT, _MEASURED = 0.1, 0.6, 0.85, 0.95


@dataclass(frozen=True, slots=True)
class Retrained:
    """What a retraining made.

    Attributes
    ----------
    folder : Path
        The model folder.
    version : str
        The model's version.
    cross_validation : Evaluation
        Out-of-fold figures, documents kept whole, on the real paragraphs where there are any.
    unseen_sources : Evaluation or None
        The same with whole sources left out, where the real paragraphs come from several.
    test : Evaluation or None
        Figures on the test file.
    warnings : tuple of str
        Warnings of the corpus check and thin themes.
    goals : tuple of OperatingPoint
        What each goal and floor of precision gives on held-out documents.
    features : str
        The set of features: ``words`` (with the characters inside them, and pairs), or ``characters`` (words, and the
        characters of the whole text by ones and twos).
    strength : float
        Inverse strength of the penalty.
    worth : dict of str to float
        What each set of features was worth out of fold, where several were tried: the sum of micro- and macro-F1 with
        thresholds chosen on other documents, or, where classes exclude one another, the share of top classes that are
        right.
    strengths : dict of float to float
        What each strength that was tried was worth out of fold: the sum of micro- and macro-F1 at one threshold, or,
        where classes exclude one another, the share of top classes that are right.
    chosen_on : int
        Paragraphs that features and strength were chosen on.
    confusion : ConfusionTable or None
        How often each class was given for each, where classes exclude one another.
    """

    folder: Path
    version: str
    cross_validation: Evaluation
    unseen_sources: Evaluation | None
    test: Evaluation | None
    warnings: tuple[str, ...]
    goals: tuple[OperatingPoint, ...]
    features: str
    strength: float
    worth: Mapping[str, float]
    strengths: Mapping[float, float]
    chosen_on: int
    confusion: ConfusionTable | None

    def choices_as_text(self) -> list[str]:
        """Return what was chosen for the user, and why, as lines of text."""
        lines = []
        if self.worth:
            what = "top classes right" if self.confusion else "micro-F1 + macro-F1, thresholds from other documents"
            worth = ", ".join(f"{name}: {value:.4f}" for name, value in self.worth.items())
            lines.append(f"features of {self.features} chosen out of fold by {what} ({worth})")
        if len(self.strengths) > 1:
            what = "top classes right" if self.confusion else "micro-F1 + macro-F1 at one threshold"
            worth = ", ".join(f"{C:g}: {value:.4f}" for C, value in self.strengths.items())
            lines.append(f"strength {self.strength:g} chosen out of fold by {what} ({worth})")
        if lines and self.chosen_on < self.cross_validation.paragraphs:
            lines.append(f"both chosen on {self.chosen_on:,} paragraphs, whole documents drawn from all")
        if self.confusion is not None:
            lines += [
                f"classes exclude one another: accuracy {self.confusion.accuracy:.4f}, "
                f"macro-F1 {self.cross_validation.overall['macro_f1'].value:.4f} out of fold",
                "",
                *self.confusion.as_text(),
            ]
        return lines


def retrain(
    corpus: Sequence[Path] = (),
    *,
    out: Path,
    base: bool = True,
    themes: Path | None = None,
    test: Path | None = None,
    user_terms: Sequence[str] = (),
    name: str = "zhengyu",
    written_weight: float = 1.0,
    C: float | None = None,
    features: str | None = None,
    exclusive: bool | None = None,
    lexicon: Path | None = None,
    jobs: int = 2,
    seed: int = 0,
    memory: Any = None,
    told: Callable[[str, float], None] | None = None,
    options: TableOptions | None = None,
    drop_duplicates: bool = False,
    skip_bad: bool = False,
) -> Retrained:
    """Train a model folder from labelled files.

    Parameters
    ----------
    corpus : sequence of Path
        Labelled files or folders of the user's own.
    out : Path
        The model folder to make.
    base : bool, default=True
        Take the built-in corpus too.
    themes : Path, optional
        A code list of one's own; the built-in one when not given. With it, ``base`` must be False unless it has all
        built-in themes.
    test : Path, optional
        Labelled file to evaluate on; none of its texts may be trained on.
    user_terms : sequence of str
        Terms that segmentation keeps whole.
    name : str
        First part of the model's version.
    written_weight : float
        Weight of a written paragraph beside a real one.
    C : float, optional
        Inverse strength of the penalty; chosen out of fold when not given.
    features : str, optional
        One of `zhengyu.themes.tokens.FEATURE_SETS`; when not given, chosen out of fold if every record is a text, else
        ``words``. See `zhengyu_training.feature_choice`.
    exclusive : bool, optional
        Whether classes exclude one another, so that each paragraph gets just one; when not given, this is so if the
        code list says it, or if every paragraph has one theme, and is said in the warnings.
    lexicon : Path, optional
        A lexicon of slogans in place of the built-in one.
    jobs : int
        Threads of the fits, -1 for one a core; they change no number. With two or more, one beside them trains slogans.
    seed : int
        Seed of the resampling, and of what features and strength are chosen on where there are many rows.
    memory : str or joblib.Memory, optional
        Where fits are kept; see `zhengyu.themes.classifier.ThemeClassifier` and `zhengyu_training.fit_cache.kept_fits`.
    told : callable, optional
        Called with what has been done, and the share of the training that it was, in [0, 1].
    options : TableOptions, optional
        Encoding and layout of the user's files; found where it does not say.
    drop_duplicates, skip_bad : bool
        What becomes of doubled texts and of rows with problems; see `zhengyu_corpus.check.check_records`.

    Raises
    ------
    CorpusError
        Labelled files with problems; all are listed.
    ZhengyuError
        Too few paragraphs, or the folder cannot be written.
    """
    tell = told or _untold
    refuse_foreign(Path(out))
    codes = load_themes(themes)
    paths = [*(builtin_files() if base else ()), *(Path(path) for path in corpus)]
    if not paths:
        raise ZhengyuError("no labelled files: give some with --corpus, or leave out --no-base")
    if lexicon is not None:
        load_lexicon(lexicon, codes)
    found = require_sound(
        check(
            paths,
            codes,
            tests=[Path(test)] if test else (),
            options=options,
            drop_duplicates=drop_duplicates,
            skip_bad=skip_bad,
        )
    )
    records = found.records
    if len(records) < _MIN_RECORDS:
        raise ZhengyuError(f"expected at least {_MIN_RECORDS} labelled paragraphs, got {len(records)}; label more")
    tell("labelled files read", _READ)
    alone, said = _alone(records, codes, exclusive)
    records, used, left_out = trainable(records, codes)
    if test is not None:
        refuse_untrained(Path(test), codes, used, options)
    if alone:
        labelled = [record for record in records if record.themes]
        if len(labelled) < len(records):
            said.append(f"left out with their theme: {len(records) - len(labelled)} paragraphs")
        records, used = labelled, ThemeSet(tuple(used), alone)
    warnings = [*found.notes, *left_out, *said, *_thin(records, used)]
    warnings = [*(str(problem) for problem in found.problems if _worth_saying(problem)), *warnings]

    candidates = feature_sets(records, features)
    # Fitting themes often leaves a core idle: folds are no multiple of the cores, and what lies between runs on one.
    slogans_trained = background.start(
        partial(train_slogans, records, used, base=base, lexicon=lexicon, seed=seed), jobs
    )
    labels = label_matrix(records, used)
    real = np.array([isinstance(record, BagOfWords) for record in records])
    decide_on = real if real.sum() >= _MIN_RECORDS and _all_occur(labels[real]) else np.ones(len(records), dtype=bool)
    weights = np.where(real, 1.0, written_weight)
    best = fit_best(
        records,
        used,
        features=candidates,
        user_terms=user_terms,
        C=C,
        sample_weight=weights,
        decide_on=decide_on,
        jobs=jobs,
        seed=seed,
        memory=memory,
        told=lambda what, share: tell(what, _READ + share * (_FITTED - _READ)),
    )
    fitted, counter = best.themes, best.counts
    chosen = [record for record, use in zip(records, decide_on, strict=True) if use]
    chances = fitted.calibration_.probability(fitted.oof_score_[decide_on])
    cross = evaluate(
        chances,
        fitted.decision_,
        chosen,
        used,
        name="cross-validation by document on "
        + ("the coded real paragraphs" if real.any() else "the training corpus"),
        seed=seed,
    )
    unseen, groups = None, {}
    if real.any() and len({record.source for record in records if isinstance(record, BagOfWords)}) >= fitted.cv:
        foreign = fitted.calibration_.probability(
            fitted.score_groups(best.rows, labels, sources_of(records), weights, best.sentences)[decide_on]
        )
        unseen = evaluate(foreign, fitted.decision_, chosen, used, name=UNSEEN, seed=seed)
        known, unknown = fitted.decision_.apply(chances), fitted.decision_.apply(foreign)
        for key, kinds in (("genres", [record.genre for record in chosen]), ("sources", sources_of(chosen))):
            groups[key] = [asdict(group) for group in group_figures(kinds, known, unknown, labels[decide_on])]
        tell("sources left out", _LEFT_OUT)
    goals = operating_points(
        chances, with_none(labels[decide_on]), [record.doc for record in chosen], used, exclusive=used.exclusive
    )
    confusion = confusion_table(chances, labels[decide_on], used) if used.exclusive else None
    tell("figures taken", _MEASURED)
    novelty = fit_novelty(records, counter, best.rows, fitted.cv, best.words and best.words.paragraphs)
    names = [str(feature) for feature in counter.get_feature_names_out()]
    numbers = stats(records, used)
    facts: dict[str, Any] = {
        "corpus": {
            "digest": corpus_digest(records),
            "texts": "".join(sorted({text_digest(record) for record in records})),
            "written": numbers.written,
            "bags": numbers.bags,
            "documents": numbers.documents,
            "builtin": base,
        },
        "calibration": dict(zip((*used.ids, "none"), fitted.calibration_.methods, strict=True)),
        "settings": {
            "features": counter.features,
            "features_tried": {which: round(value, 4) for which, value in best.worth.items()},
            "C": fitted.C_,
            "C_tried": {f"{one:g}": round(worth, 4) for one, worth in fitted.strengths_.items()},
            "written_weight": written_weight, "min_df": counter.min_df, "min_df_pairs": counter.min_df_pairs,
            "folds": fitted.cv, "seed": seed,
        },
        "packages": {"zhengyu": version("zhengyu"), "python": platform.python_version(),
                     **{package: version(package) for package in _PACKAGES}},
    }  # fmt: skip
    slogans = slogans_trained()
    if slogans is None:
        warnings.append(f"slogans: marked in fewer than {MIN_DOCUMENTS} documents, so the model will find none")
    source = read_themes_text(themes) if themes else _builtin_toml()
    save_model(
        Path(out),
        name=name,
        arrays={
            "coef": fitted.coef_.astype(np.float32),
            "intercept": fitted.intercept_,
            "idf": best.tfidf.idf_,
            **decision_arrays(fitted),
        },
        features=names,
        feature_set=counter.features,
        themes_toml=source if used == codes else themes_toml(used),
        user_terms=Tokenizer(counter.user_terms).user_terms,
        evaluation={
            "cross_validation": cross.as_json(),
            **({"unseen_sources": unseen.as_json(), "groups": groups} if unseen else {}),
            **({"novelty": asdict(novelty)} if novelty else {}),
            "goals": [goal.as_json() for goal in goals],
            "slogans": slogans.as_json() if slogans else {},
            **({"confusion": confusion.as_json()} if confusion else {}),
        },
        facts=facts,
        readable={
            "top_terms.csv": top_terms(fitted.coef_, names, used),
            "MODEL_CARD.md": model_card(name, facts, cross, unseen, goals, used),
        },
        extras=slogans.parts if slogans else {},
    )
    model = load_model(Path(out))
    tested = evaluate_model(model, Path(test), seed=seed, options=options) if test else None
    tell("model written", 1.0)
    return Retrained(
        Path(out), model.version, cross, unseen, tested, tuple(warnings), goals, counter.features, fitted.C_,
        best.worth, fitted.strengths_, best.chosen_on, confusion,
    )  # fmt: skip


def retrain_candidate(registry: Registry, corpus: Sequence[Path] = (), **settings: Any) -> Retrained:
    """Train a model and add it to a registry as a candidate; what is current stays so.

    Parameters
    ----------
    registry : Registry
        Where it goes.
    corpus, **settings
        As in `retrain`, without ``out``.

    Raises
    ------
    ZhengyuError
        As in `retrain`, or the registry cannot be written.
    """
    with registry.incoming() as work:
        made = retrain(corpus, out=work / "model", **settings)
        registry.add(made.folder)
    return replace(made, folder=registry.path(made.version))


def decision_arrays(fitted: ThemeClassifier) -> dict[str, Any]:
    """Return calibration and thresholds of a fitted classifier as the arrays of a model folder."""
    curves, decisions = fitted.calibration_, [fitted.decisions_[goal] for goal in GOALS]
    return {
        "slope": curves.slope,
        "offset": curves.offset,
        "knot_column": curves.knot_column,
        "knot_score": curves.knot_score,
        "knot_logit": curves.knot_logit,
        "thresholds": np.stack([decision.thresholds for decision in decisions]),
        "none_bounds": np.array([[decision.none_above, decision.none_below] for decision in decisions]),
        "precision_bounds": fitted.floors_.bounds,
    }


def _untold(_done: str, _share: float) -> None:
    """Tell nobody."""


def _worth_saying(problem: Problem) -> bool:
    return not problem.fatal


def _builtin_toml() -> str:
    return files("zhengyu_corpus").joinpath("themes.toml").read_text(encoding="utf-8")


def _all_occur(labels: Any) -> bool:
    return bool(((labels == 1).sum(axis=0) >= 2).all())


def _alone(records: Sequence[Record], codes: ThemeSet, exclusive: bool | None) -> tuple[bool, list[str]]:
    """Tell whether classes exclude one another, and what to say of it."""
    none, one = (sum(len(record.themes) == n for record in records) for n in (0, 1))
    wanted = exclusive if exclusive is not None else codes.exclusive
    said: list[str] = []
    if exclusive is None and not wanted and one == len(records):
        wanted = True
        said.append(
            "every paragraph has one theme: classes are taken to exclude one another, and each paragraph gets just "
            "one; if not, say --no-exclusive"
        )
    if wanted and one < len(records):
        raise ZhengyuError(
            f"exclusive classes: expected one theme for every paragraph, {none} have none and "
            f"{len(records) - none - one} have several; label them, or leave out --exclusive"
        )
    return wanted, said


def _thin(records: Sequence[Record], codes: ThemeSet) -> list[str]:
    """Say which themes have few examples."""
    count = Counter(theme for record in records for theme in record.themes)
    thin = [f"{theme} ({count[theme]})" for theme in codes.ids if count[theme] < THIN]
    return [f"thin, expect little of them below {THIN} paragraphs: {', '.join(thin)}"] if thin else []


def themes_toml(codes: ThemeSet) -> str:
    """Return a code list as TOML (JSON strings and lists are TOML's)."""
    rows = ["exclusive = true\n"] if codes.exclusive else []
    for theme in codes:
        fields = {name: getattr(theme, name) for name in theme.__slots__}
        rows.append("[[theme]]\n" + "".join(f"{k} = {json.dumps(v, ensure_ascii=False)}\n" for k, v in fields.items()))
    return "\n".join(rows)


def corpus_digest(records: Sequence[Record]) -> str:
    """Return the SHA-256 of all that training sees of the records, in their order."""
    digest = hashlib.sha256()
    for record in records:
        content = record.content if isinstance(record.content, str) else sorted(record.content.items())
        facts: list[Any] = [record.id, record.doc, record.themes, record.maybe, content]
        if isinstance(record, BagOfWords) and record.sentences:
            facts.append([sorted(sentence.items()) for sentence in record.sentences])
        digest.update(json.dumps(facts, ensure_ascii=False).encode())
    return digest.hexdigest()

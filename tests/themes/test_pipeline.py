"""The scikit-learn pipeline is a plain estimator, and the scorer agrees with it to the last digits."""

from __future__ import annotations

import pickle
import unittest

import jieba
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict

from zhengyu.persistence.joblib_export import to_pipeline
from zhengyu.themes import scorer as scoring
from zhengyu.themes.classifier import ThemeClassifier
from zhengyu.themes.model import Model
from zhengyu.themes.pipeline import contents, label_matrix, make_pipeline
from zhengyu.themes.scorer import Scorer
from zhengyu.themes.tokens import Tokenizer, WordsAndCharacters, features_of
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.records import BagOfWords, LabelledParagraph, Record
from zhengyu_corpus.themes import ThemeSet

ODD = [
    "",
    " ",
    "。",
    "8.5%",
    "GDP",
    "𠀀𠀁",
    "a" * 5000,
    "乡\u200b村 振興",
    "\x00乡村",
    "農業農村現代化",
    "１２３４５热线",
]


def test_joined_words_give_the_text_back() -> None:
    text = "推动经济高质量发展，完成投资10亿元。"
    assert "".join(Tokenizer().words(text)) == text


def test_segmentation_is_jiebas_own_with_hmm_off() -> None:
    text = "全县上下聚焦项目建设不动摇，推进城乡融合和长江大保护。"
    assert Tokenizer().words(text) == jieba.lcut(text, HMM=False)


def test_user_terms_stay_whole_and_break_nothing() -> None:
    plain, own = Tokenizer(), Tokenizer(["四个走在前", "展新"])
    assert own.words("落实四个走在前要求") == ["落实", "四个走在前", "要求"]
    assert own.words("加快构建发展新格局") == plain.words("加快构建发展新格局")
    assert "四个走在前" not in jieba.lcut("落实四个走在前要求", HMM=False)
    with pytest.raises(ZhengyuError, match="expected Han characters"):
        Tokenizer(["走在前，做示范"])


@pytest.mark.parametrize(
    ("word", "features"),
    [("产业", ("产业", "产", "业")), ("专精特", ("专精特", "专", "精", "特", "专精", "精特")), ("县", ("县",)),
     ("GDP", ("gdp",)), ("8.5%", ("0",)), ("，", ()), (" ", ()), ("5G", ("5g",))],
)  # fmt: skip
def test_features_of_a_word(word: str, features: tuple[str, ...]) -> None:
    assert features_of(word) == features


def test_a_bag_has_the_features_of_its_text() -> None:
    analyzer = WordsAndCharacters()
    text = "发展产业，产业发展，投资3亿元、5亿元。"
    assert sorted(analyzer(text)) == sorted(analyzer(analyzer.tokenizer.bag(text)))


@pytest.fixture(scope="module")
def small(builtin: list[Record], themes: ThemeSet) -> tuple[list[object], np.ndarray]:
    # scikit-learn's own scorers know no doubtful themes.
    written = [record for record in builtin if isinstance(record, LabelledParagraph) and not record.maybe][:300]
    labels = label_matrix(written, themes)
    return contents(written), labels[:, (labels == 1).sum(0) >= 8]


def test_is_a_plain_estimator(small: tuple[list[object], np.ndarray]) -> None:
    texts, labels = small
    pipeline = make_pipeline(cv=3)
    assert clone(pipeline).get_params()["themes__C"] == 30.0
    found = cross_val_predict(pipeline, texts, labels, cv=KFold(3))
    assert found.shape == labels.shape
    scorer = make_scorer(f1_score, average="micro", zero_division=0)
    search = GridSearchCV(pipeline, {"themes__C": [1.0, 10.0]}, cv=KFold(2), scoring=scorer, error_score="raise")
    search.fit(texts, labels)
    assert 0.2 < search.best_score_ <= 1
    fitted = search.best_estimator_
    again = pickle.loads(pickle.dumps(fitted))
    assert np.array_equal(again.predict_proba(texts), fitted.predict_proba(texts))
    assert np.array_equal(fitted.predict(texts), fitted["themes"].decision_.apply(fitted.predict_proba(texts)))
    for goal, decision in fitted["themes"].decisions_.items():
        assert decision.apply(fitted.predict_proba(texts)).shape == labels.shape, goal


def test_scorer_agrees_with_scikit_learn(model: Model, builtin: list[Record]) -> None:
    pipeline = to_pipeline(model)
    written = [record.text for record in builtin if isinstance(record, LabelledParagraph)]
    bags = [record.words for record in builtin if isinstance(record, BagOfWords)][:300]
    for given in (written, bags, ODD):
        reference = pipeline.decision_function(given)
        assert np.abs(Scorer(model).scores(given) - reference).max() < 1e-12


def test_a_scorer_does_not_grow_with_ever_new_words(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "KEPT_WORDS", 100)
    scorer, kept = Scorer(model), []
    text = "全县新建高标准农田三万亩。"
    wanted = scorer.scores([text])
    for n in range(1_000):
        # A word of its own for each text, and one so long that a few of them would fill the memory.
        scorer.scores([f"{text} word{n}x {'y' * 1_000}{n}"])
        kept.append(len(scorer._columns))
    assert max(kept) <= 100
    assert kept[-1] > 0
    assert max(len(word) for word in scorer._columns) <= scoring.KEPT_CHARS
    assert np.array_equal(scorer.scores([text]), wanted)


def test_bad_labels_are_refused(small: tuple[list[object], np.ndarray]) -> None:
    texts, labels = small
    with pytest.raises(ZhengyuError, match="expected y of shape"):
        make_pipeline().fit(texts, labels[:, 0])
    with pytest.raises(ZhengyuError, match="values -1, 0 and 1"):
        make_pipeline().fit(texts, labels + 1)


#: Checks of scikit-learn that a classifier of several themes a row, with none as one more answer, cannot pass.
NOT_PASSED = {
    # y is of shape (n, 1) or (n,), with values other than 0 and 1: labels have a column for each theme, 1, 0 or -1.
    "check_estimators_dtypes", "check_sample_weights_pandas_series", "check_sample_weights_not_an_array",
    "check_sample_weights_shape", "check_sample_weights_not_overwritten", "check_classifier_data_not_an_array",
    "check_classifiers_classes", "check_class_weight_classifiers", "check_decision_proba_consistency",
    "check_classifier_not_supporting_multiclass", "check_fit2d_1feature", "check_classifiers_one_label",
    "check_classifiers_one_label_sample_weights",
    # Scores and probabilities have one column more than y: that of none; predictions are int8.
    "check_classifier_multioutput", "check_classifiers_multilabel_output_format_predict",
    "check_classifiers_multilabel_output_format_predict_proba",
    "check_classifiers_multilabel_output_format_decision_function",
    # What is refused is refused with our own error, which says what to do, where a ValueError is asked for.
    "check_classifiers_train", "check_classifiers_regression_target", "check_supervised_y_no_nan", "check_fit2d_1sample",
    "check_requires_y_none",
    # Rows of one document stay in one fold, so that doubled rows are not the same as rows of double weight.
    "check_sample_weight_equivalence_on_dense_data", "check_sample_weight_equivalence_on_sparse_data",
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
def test_scikit_learns_own_checks() -> None:
    """What is not passed, and why, is told in docs/own-themes.md as well."""
    checks = pytest.importorskip("sklearn.utils.estimator_checks")
    if not hasattr(checks, "estimator_checks_generator"):
        pytest.skip("before scikit-learn 1.6")
    failed, passed = set(), 0
    for estimator, check in checks.estimator_checks_generator(ThemeClassifier(n_jobs=1, cv=2)):
        name = getattr(check, "func", check).__name__
        try:
            check(estimator)
            passed += 1
        except unittest.SkipTest:
            continue
        except Exception:
            failed.add(name)
    assert failed <= NOT_PASSED
    assert passed >= 40

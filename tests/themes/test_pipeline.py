"""The scikit-learn pipeline is a plain estimator, and the scorer agrees with it to the last digits."""

from __future__ import annotations

import pickle
import unittest
from collections import Counter

import jieba
import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict
from sklearn.svm import LinearSVC

from zhengyu.persistence.joblib_export import to_pipeline
from zhengyu.themes import scorer as scoring
from zhengyu.themes.classifier import SENTENCE_WEIGHT, STRENGTHS, Sentences, ThemeClassifier, with_sentences
from zhengyu.themes.model import Model
from zhengyu.themes.pipeline import (
    IDF_POWER,
    FeatureCounter,
    TfidfWeigher,
    contents,
    count_records,
    label_matrix,
    make_pipeline,
    sentence_contents,
)
from zhengyu.themes.scorer import Scorer
from zhengyu.themes.solver import fit_path, fit_warm_start, score_path
from zhengyu.themes.tokens import Tokenizer, features_of, sentences
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.normalise import normalise
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
    text = "发展产业，产业发展，GDP投资3亿元、5亿元。"
    bag = Tokenizer().bag(text)
    assert bag["发展 产业"] == bag["产业 发展"] == 1  # no pair over a comma
    assert bag["0 亿元"] == 2
    assert "亿元 0" not in bag
    counter = FeatureCounter(min_df=1, min_df_pairs=1)
    counts = counter.fit_transform([text, bag])
    assert (counts[0] != counts[1]).nnz == 0
    assert counts[0, counter.vocabulary_["0 亿元"]] == 2
    assert counts[0, counter.vocabulary_["gdp 投资"]] == 1
    assert (counter.transform([text]) != counts[0]).nnz == 0


def test_words_counted_once_are_those_of_paragraphs_and_of_their_sentences() -> None:
    text = "全县推进产业兴旺。  产业兴旺靠人人！招商引资3亿元；"
    several = ({"修路": 1}, {"架桥": 2, "修路 架桥": 1})
    bag = BagOfWords("b", "b", {"修路": 1, "架桥": 2}, (), pairs={"修路 架桥": 1}, sentences=several)
    records: list[Record] = [
        LabelledParagraph("t", "t", text, ()), bag, LabelledParagraph("s", "s", "只有一句", ()),
        BagOfWords("w", "w", {"修路": 1}, ()), LabelledParagraph("e", "e", " ", ()),
    ]  # fmt: skip
    counted = count_records(records)
    counter = FeatureCounter(min_df=1, min_df_pairs=1)
    found = counter.fit_transform(counted.paragraphs)
    plain = FeatureCounter(min_df=1, min_df_pairs=1)
    assert (found != plain.fit_transform(contents(records))).nnz == 0
    assert counter.vocabulary_ == plain.vocabulary_
    assert found[0, counter.vocabulary_["人"]] == 2  # twice in one word
    parts, owners = sentence_contents(records)
    assert parts == ["全县推进产业兴旺。", "产业兴旺靠人人！", "招商引资3亿元；", *several]
    assert counted.owners.tolist() == owners.tolist() == [0, 0, 0, 1, 1]
    assert (counter.transform(counted.sentences) != plain.transform(parts)).nnz == 0
    some = counted.of(np.array([1, 4]))
    assert some.owners.tolist() == [0, 0]
    assert (counter.transform(some.paragraphs) != found[[1, 4]]).nnz == 0
    assert (counter.transform(some.sentences) != counter.transform(several)).nnz == 0
    nothing = counted.of(np.array([], dtype=np.int64))
    assert nothing.owners.size == 0
    assert (
        counter.transform(nothing.paragraphs).shape == counter.transform(nothing.sentences).shape == (0, found.shape[1])
    )


def test_counted_words_have_no_characters_of_the_whole_text() -> None:
    counted = count_records([LabelledParagraph("t", "t", "产业发展，产业兴旺。", ())]).paragraphs
    counter = FeatureCounter(min_df=1, features="characters")
    for count in (counter.fit_transform, counter.fit(["产业发展"]).transform):
        with pytest.raises(ZhengyuError, match="features of characters: expected texts, got words counted in them"):
            count(counted)


def test_rare_features_are_left_out_and_pairs_without_their_words() -> None:
    bags = [
        {"产业": 1, "发展": 1, "产业 发展": 2, "兴旺 发展": 1},
        {"产业": 1, "发展": 2, "产业 发展": 1, "兴旺 发展": 1},
    ]
    counter = FeatureCounter(min_df=2, min_df_pairs=2).fit(bags)
    assert list(counter.get_feature_names_out()) == ["业", "产", "产业", "产业 发展", "发", "发展", "展"]
    assert "产业 发展" not in FeatureCounter(min_df=2).fit(bags).vocabulary_


@pytest.fixture(scope="module")
def small(builtin: list[Record], themes: ThemeSet) -> tuple[list[object], np.ndarray]:
    # scikit-learn's own scorers know no doubtful themes.
    written = [record for record in builtin if isinstance(record, LabelledParagraph) and not record.maybe][:300]
    labels = label_matrix(written, themes)
    return contents(written), labels[:, (labels == 1).sum(0) >= 8]


def test_is_a_plain_estimator(small: tuple[list[object], np.ndarray]) -> None:
    texts, labels = small
    pipeline = make_pipeline(cv=3)
    assert clone(pipeline).get_params()["themes__C"] is None
    found = cross_val_predict(pipeline, texts, labels, cv=KFold(3))
    assert found.shape == labels.shape
    scorer = make_scorer(f1_score, average="micro", zero_division=0)
    search = GridSearchCV(pipeline, {"themes__C": [0.3, 1.0]}, cv=KFold(2), scoring=scorer, error_score="raise")
    search.fit(texts, labels)
    assert 0.2 < search.best_score_ <= 1
    fitted = search.best_estimator_
    again = pickle.loads(pickle.dumps(fitted))
    assert np.array_equal(again.predict_proba(texts), fitted.predict_proba(texts))
    assert np.array_equal(fitted.predict(texts), fitted["themes"].decision_.apply(fitted.predict_proba(texts)))
    for goal, decision in fitted["themes"].decisions_.items():
        assert decision.apply(fitted.predict_proba(texts)).shape == labels.shape, goal


def test_scorer_agrees_with_scikit_learn(either_model: Model, builtin: list[Record]) -> None:
    pipeline = to_pipeline(either_model)
    written = [record.text for record in builtin if isinstance(record, LabelledParagraph)][::4]
    bags = [record.content for record in builtin if isinstance(record, BagOfWords)][:300]
    characters = either_model.feature_set == "characters"
    for given in (written, ODD) if characters else (written, bags, ODD):
        reference = pipeline.decision_function(given)
        assert np.abs(Scorer(either_model).scores(given) - reference).max() < 1e-12


def test_the_power_of_the_document_frequency_is_in_the_model_s_numbers() -> None:
    counts = FeatureCounter(min_df=1).fit_transform(["产业发展", "产业振兴", "产业"])
    plain = TfidfTransformer(sublinear_tf=True).fit(counts)
    assert np.array_equal(TfidfWeigher().fit_transform(counts).toarray(), plain.transform(counts).toarray())
    raised = clone(TfidfWeigher(1.5)).fit(counts)
    assert np.array_equal(raised.idf_, plain.idf_**1.5)
    row = counts[0].toarray()[0] * plain.idf_**1.5
    assert np.allclose(raised.transform(counts)[0].toarray()[0], row / np.linalg.norm(row))
    powers = [make_pipeline(features=features)["tfidf"].power for features in ("words", "characters")]
    assert powers == [IDF_POWER, 1.0]


def test_the_rarest_features_go_first_where_there_are_too_many() -> None:
    bags = [{"产业": 1, "发展": 1}, {"产业": 1, "振兴": 1}, {"产业": 1, "发展": 1, "产业 发展": 1}]
    assert set(FeatureCounter(min_df=1, max_features=6).fit(bags).vocabulary_) == {*"产业发展", "产业", "发展"}
    assert set(FeatureCounter(min_df=1, max_features=5).fit(bags).vocabulary_) == {*"产业", "产业"}
    assert len(FeatureCounter(min_df=1, max_features=50).fit(bags).vocabulary_) == 9


def test_bags_have_no_characters(model_with_characters: Model) -> None:
    for score in (Scorer(model_with_characters).scores, to_pipeline(model_with_characters).decision_function):
        with pytest.raises(ZhengyuError, match="expected a text, got a bag of words"):
            score([{"产业": 1}])
    with pytest.raises(ZhengyuError, match="expected one of words, characters, got 'letters'"):
        FeatureCounter(features="letters").fit(["产业"])


def test_characters_cross_the_borders_of_words_and_are_no_words() -> None:
    counter = FeatureCounter(min_df=1, features="characters")
    counts = counter.fit_transform(["发展产业，GDP 3亿", "中"])
    names = list(counter.get_feature_names_out())
    found = dict(zip(names, counts.toarray()[0].astype(int).tolist(), strict=True))
    assert found[" 展产"] == found["发展"] == found[" 发展"] == found[" 业，"] == found[" dp"] == found["gdp"] == 1
    assert found["0"] == found[" 3"] == found[" 3亿"] == 1
    assert not {" p3", " p ", "  ", " G"} & set(names)
    assert counts[1].sum() == 2  # 中 as a word and as a character


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


def test_the_solver_finds_what_liblinear_finds() -> None:
    rng = np.random.default_rng(0)
    X = sparse.csr_matrix(rng.random((300, 40)) * (rng.random((300, 40)) < 0.2))
    targets = ((X @ rng.normal(size=(40, 20)) + rng.normal(size=(300, 20))) > 0.5).astype(int)
    targets[:30, 3] = -1
    targets[:, 4] = 0
    weights = rng.choice([0.0, 0.5, 1.0], 300)
    path = fit_path(X, targets, weights, (0.1, 1.0))
    again = fit_path(X, targets, weights, (0.1, 1.0), n_jobs=2)
    for C, (coef, bias), (coef_2, bias_2) in zip((0.1, 1.0), path, again, strict=True):
        assert np.array_equal(coef, coef_2) and np.array_equal(bias, bias_2)
        assert not coef[4].any() and bias[4] < -5
        for k in (0, 3, 19):
            known = (targets[:, k] >= 0) & (weights > 0)
            theirs = LinearSVC(C=C, tol=1e-6, max_iter=10_000, random_state=0)
            theirs.fit(X[known], targets[known, k], sample_weight=weights[known])
            assert np.abs(theirs.decision_function(X) - (X @ coef[k] + bias[k])).max() < 0.05


def test_a_fit_that_starts_from_another_finds_the_same() -> None:
    rng = np.random.default_rng(1)
    X = sparse.csr_matrix(rng.random((400, 40)) * (rng.random((400, 40)) < 0.2))
    targets = ((X @ rng.normal(size=(40, 35)) + rng.normal(size=(400, 35))) > 0.5).astype(int)  # two blocks
    targets[:, 34] = 0
    weights = rng.choice([0.0, 0.5, 1.0], 400)
    some = fit_warm_start(X[:300], targets[:300], weights[:300], 1.0, way=STRENGTHS)
    (coef, bias), *_ = fit_path(X[:300], targets[:300], weights[:300], (1.0,), way=STRENGTHS)
    assert np.array_equal(some.scores(X), X @ coef.T + bias)
    fresh = score_path(X, targets, weights, STRENGTHS, X)
    further = score_path(X, targets, weights, STRENGTHS, X, warm_start=some)
    assert np.array_equal(further[:2], fresh[:2])  # below its strength nothing starts from it
    assert 0 < np.abs(further[2:] - fresh[2:]).max() < 0.05
    alone = score_path(X, targets, weights, (3.0,), X, warm_start=some, way=STRENGTHS)
    assert np.array_equal(alone[0], further[3])


def test_a_chosen_strength_gives_what_asking_for_it_gives(small: tuple[list[object], np.ndarray]) -> None:
    texts, labels = small
    chosen = make_pipeline(cv=2).fit(texts, labels)["themes"]
    assert set(chosen.strengths_) == set(STRENGTHS)
    assert chosen.strengths_[chosen.C_] == max(chosen.strengths_.values())
    asked = make_pipeline(C=chosen.C_, cv=2).fit(texts, labels)["themes"]
    assert np.array_equal(asked.coef_, chosen.coef_)
    assert np.array_equal(asked.oof_score_, chosen.oof_score_)


def test_exclusive_classes(small: tuple[list[object], np.ndarray]) -> None:
    texts, labels = small
    one = np.eye(labels.shape[1], dtype=int)[labels.argmax(axis=1)]
    pipeline = make_pipeline(cv=2, C=1.0, exclusive=True).fit(texts, one)
    assert (pipeline.predict(texts).sum(axis=1) == 1).all()
    with pytest.raises(ZhengyuError, match="exclusive classes"):
        make_pipeline(exclusive=True).fit(texts, np.zeros_like(one))


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
    "check_requires_y_none", "check_all_zero_sample_weights_error",
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


def test_sentences_part_a_text_and_add_up_to_it(builtin: list[Record]) -> None:
    tokenizer = Tokenizer()
    written = [record.text for record in builtin if isinstance(record, LabelledParagraph)][:100]
    for text in [*ODD, "“怎么干？”镇里开会；各村分片。　（完） ", *written]:
        normal = normalise(text).text
        parts = [normal[start:end] for start, end in sentences(normal)]
        assert "".join("".join(parts).split()) == "".join(normal.split())
        assert sum((Counter(tokenizer.bag(part)) for part in parts), Counter()) == tokenizer.bag(text)


def test_one_sentence_carries_a_theme_and_none_does_where_the_paragraph_has_not() -> None:
    rows = sparse.csr_matrix(np.eye(4))  # features: farm, town, meeting, blank
    targets = np.array([[1, 0, 0], [0, 1, 0], [0, -1, 1]])
    X = sparse.csr_matrix(np.array([[0.7, 0, 0.7, 0], [0, 1.0, 0, 0], [0, 0, 0.6, 0.8]]))
    owners = np.array([0, 0, 2, 2])
    found, of_row, weights, warm_start = with_sentences(X, targets, np.ones(3), Sentences(rows[[2, 0, 2, 3]], owners))
    assert found.shape == (7, 4) and of_row[:3].tolist() == targets.tolist()
    # The theme of the first paragraph lies in its second sentence; of the first nothing is known but what it lacks.
    assert of_row[3:].tolist() == [[-1, 0, -1], [1, 0, -1], [0, -1, 1], [0, -1, 1]]
    assert weights.tolist() == [1, 1, 1, *[SENTENCE_WEIGHT] * 4]
    assert warm_start is not None and warm_start.scores(X).shape == targets.shape
    some = Sentences(rows, owners).of(np.array([1, 2]))
    assert some.owners.tolist() == [1, 1] and some.rows.toarray().tolist() == np.eye(4)[2:].tolist()
    assert Sentences(rows, owners).of(np.array([], dtype=np.int64)).rows.shape == (0, 4)
    assert with_sentences(X, targets, np.ones(3), None)[0] is X

"""A model folder back to the plain scikit-learn pipeline that it was made of."""

from __future__ import annotations

from pathlib import Path

import joblib
import numpy as np
from sklearn.pipeline import Pipeline

from zhengyu.themes.model import Model
from zhengyu.themes.pipeline import make_pipeline
from zhengyu_corpus.atomic import Replacement
from zhengyu_corpus.errors import ZhengyuError

#: Warning to whoever exports a model.
WARNING = (
    "a joblib file is a pickle: loading it runs whatever it says, and it fits the package versions it was made with. "
    "Load only files you made yourself, and pass on the model folder instead"
)


def to_pipeline(model: Model) -> Pipeline:
    """Return the fitted pipeline of a model: the reference that the scorer is held to.

    Parameters
    ----------
    model : Model
        A loaded model.

    Returns
    -------
    sklearn.pipeline.Pipeline
        With the model's vocabulary, weights, calibration and thresholds; its `predict` gives the model's themes.
    """
    pipeline = make_pipeline(user_terms=model.user_terms, features=model.feature_set)
    counts, tfidf, themes = (pipeline.named_steps[name] for name in ("counts", "tfidf", "themes"))
    counts.vocabulary_ = dict(model.vocabulary)
    tfidf.idf_ = np.asarray(model.idf)
    themes.coef_, themes.intercept_ = model.coef.astype(np.float64), model.intercept
    themes.calibration_, themes.decision_ = model.calibration, model.decision
    themes.exclusive = model.decision.exclusive
    themes.decisions_, themes.floors_ = dict(model.decisions), model.floors
    themes.classes_ = np.arange(len(model.themes))
    themes.n_features_in_ = model.idf.size
    return pipeline


def export_joblib(model: Model, path: Path) -> None:
    """Write the plain scikit-learn pipeline of a model as a joblib file.

    Parameters
    ----------
    model : Model
        A loaded model.
    path : Path
        The file to make. Whoever loads it runs what it says: see `WARNING`.

    Raises
    ------
    ZhengyuError
        It cannot be written.
    """
    path = Path(path)
    try:
        made = Replacement(path)
        try:
            joblib.dump(to_pipeline(model), made.file, compress=3)
            made.commit()
        finally:
            made.discard()
    except OSError as error:
        raise ZhengyuError(f"{path}: could not be written: {error}; choose another place") from error

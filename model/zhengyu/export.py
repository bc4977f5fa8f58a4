"""A model folder back to the plain scikit-learn pipeline that it was made of."""

from __future__ import annotations

import numpy as np
from sklearn.pipeline import Pipeline

from zhengyu.pipeline import make_pipeline
from zhengyu.store import Model


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
    pipeline = make_pipeline(user_terms=model.user_terms)
    tfidf, themes = pipeline.named_steps["tfidf"], pipeline.named_steps["themes"]
    tfidf.vocabulary = dict(model.vocabulary)
    tfidf.idf_ = np.asarray(model.idf)
    themes.coef_, themes.intercept_ = model.coef, model.intercept
    themes.calibration_, themes.decision_ = model.calibration, model.decision
    themes.n_features_in_ = model.idf.size
    return pipeline

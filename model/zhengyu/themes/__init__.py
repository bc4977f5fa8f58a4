"""Theme scoring: words to features to scores to probabilities to themes."""

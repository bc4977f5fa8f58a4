"""The slogan model: marked paragraphs to weights, and its evaluation."""

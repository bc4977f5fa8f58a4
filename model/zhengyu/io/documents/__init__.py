"""Documents to text, one reader a format."""

"""A fitted model on disk: parts, formats, folders, the registry of versions."""

"""Batch tagging: inputs of many formats to one table of tagged paragraphs."""

"""Paragraphs to labelling tools and back; which to label; how far coders agree."""

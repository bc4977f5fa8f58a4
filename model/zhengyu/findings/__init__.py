"""Findings from tagged tables: rows chosen, samples drawn, error measured; functions over tables, no files."""

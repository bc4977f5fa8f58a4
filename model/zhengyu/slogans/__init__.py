"""Slogans (提法 / 口号): found in three layers that meet in one decision, typed, normalised, glossed and counted."""

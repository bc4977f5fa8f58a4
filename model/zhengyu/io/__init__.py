"""Inputs of any format to blocks of rows, and tables out."""

"""Readers of files of unknown make, in a child process under limits."""

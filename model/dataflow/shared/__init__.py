"""Shared words: in depthwise layers all rows of the array take each word."""

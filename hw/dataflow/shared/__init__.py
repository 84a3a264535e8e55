"""Words that all rows share."""

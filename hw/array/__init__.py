"""From activation words to sums: the MAC array."""

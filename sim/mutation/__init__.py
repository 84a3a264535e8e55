"""Mutants: cores with one fault each, which the project's stimuli must find."""

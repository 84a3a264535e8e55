"""The dataflows: what each one does in the blocks of the core."""

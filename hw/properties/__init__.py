"""What is claimed of blocks, in a form that a solver proves: see docs/verification.md."""

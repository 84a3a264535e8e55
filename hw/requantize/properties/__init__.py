"""What is claimed of a requantization lane, in lemmas that hold for all sums.

A lane is cut where it has registers: `product`, `normalize`, `round_sum`, `float_scale` and
`integer_scale` say what each part computes from its own inputs, and `lane` that the parts get what
belongs to the same sum. Each lemma takes a product as it is, so that the solver need not multiply.
"""

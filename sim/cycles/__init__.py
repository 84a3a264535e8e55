"""A network's cycles by the exact model, beside the RTL's and beside other simulators'."""

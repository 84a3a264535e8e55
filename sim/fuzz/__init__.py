"""Campaigns: random convolutions by the thousand, on the model and on the RTL."""

"""What streams carry."""

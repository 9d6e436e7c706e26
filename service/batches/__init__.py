"""Batches: thousands of requests posted at once, done one row after another."""

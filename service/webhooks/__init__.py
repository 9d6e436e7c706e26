"""Telling other systems what became of a certificate: signed, in order, again and again if need be.

What is to be told is written down in the transaction that makes it true (`outbox`); a job for each
of these rows sends it (`delivering`). docs/webhooks.md says the same to who receives it.
"""

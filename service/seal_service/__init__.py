"""The seal service (`sealpress seal-service`): keys in a place of their own, which sign digests.

docs/seal-service.md says the same to who runs it; `signing.remote_keys` is its client.
"""

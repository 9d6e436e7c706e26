"""`sealpress bench`: what certificates, signatures and verdicts cost; other programs beside them.

Every figure is printed by a command, with the machine and the data named; `make bench` writes them
to docs/performance.md.
"""

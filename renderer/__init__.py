"""What a certificate looks like: data becomes a `Page`, a `Page` becomes PDF, OFD, SVG.

Pure: no clock, no network, no keys, no database. The same input gives the same bytes.
"""

"""A national platform to practise against: `sealpress sandbox-platform`."""

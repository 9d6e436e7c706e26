"""The way of one record, step by step: what comes next, what was done, how a failed one goes on."""

"""The transparency log: a leaf for every change of the register, checkpoints, and their check."""

"""The commands of `sealpress`: each module has `run(options)`, which gives the exit status."""

"""Where it is put together: configuration, register, pipeline, HTTP interface, command line."""

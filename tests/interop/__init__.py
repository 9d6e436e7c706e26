"""What programs that nobody here wrote make of the files that Sealpress issues: see README.md."""

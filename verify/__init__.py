"""What is true of a file, a code or a number; and the public pages that say it."""

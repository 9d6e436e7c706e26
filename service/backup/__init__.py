"""Backups: an installation as one file or folder, taken while it runs, and made into a home."""

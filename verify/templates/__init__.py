"""The public pages' templates: a package, so that they are installed with the room."""

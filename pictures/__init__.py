"""Takes the pictures of the documentation: a real service, real imports, a real browser."""

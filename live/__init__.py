"""The live layer: phones in, walls out. Its room is here; its issue has not been built yet."""

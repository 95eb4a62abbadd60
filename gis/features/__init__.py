"""OGC API Features: what the twin holds, as GeoJSON for GIS programs, within the scope of who asks."""

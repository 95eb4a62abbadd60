"""Vector tiles: which layers there are, how one tile is rendered, and the door it leaves by."""

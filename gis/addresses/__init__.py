"""Standard addresses (标准地址): found by what people type, and by where they are."""

"""Issues (事件): what is reported, what it is, where, whose it is, and how it goes on until it is archived."""

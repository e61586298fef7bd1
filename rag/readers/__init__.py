"""One file a format: bytes → `Extracted`."""

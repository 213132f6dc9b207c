"""A few stocks of an index that earn what the index earns."""

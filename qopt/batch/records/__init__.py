"""What is kept of a study: records in SQLite, results as files, a cache that studies share."""

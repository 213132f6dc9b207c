"""What a page says of records, part by part: tables and sentences from numbers."""

"""CloudTrail's digest files: read, checked, chained and compared. All of it pure."""

"""State: which objects were seen, which events matched, what people are told. The ports over SQLAlchemy Core."""

"""Litestar with SQLAlchemy: its plugin, async sessions, ORM objects answered through a data transfer object."""

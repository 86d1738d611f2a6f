"""django-ninja: Pydantic schemas over Django models, cursor pagination, prefetched children."""

"""FastAPI as its tutorial long taught it: sync endpoints, a session from `Depends`, ORM objects, response models."""

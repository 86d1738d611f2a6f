"""Stance: a session-notes API for mentalization-based treatment."""

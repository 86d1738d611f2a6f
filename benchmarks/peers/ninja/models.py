"""The shared tables as Django models."""

import uuid

from django.db import models


class Client(models.Model):
    """A person in care."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    given_name = models.CharField(max_length=200)
    family_name = models.CharField(max_length=200)

    class Meta:
        """The table is there."""

        managed = False
        db_table = "client"

    def __str__(self) -> str:
        """Show the id."""
        return str(self.id)


class Treatment(models.Model):
    """One course of treatment."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    client = models.ForeignKey(Client, on_delete=models.CASCADE)

    class Meta:
        """The table is there."""

        managed = False
        db_table = "treatment"

    def __str__(self) -> str:
        """Show the id."""
        return str(self.id)


class Note(models.Model):
    """The note of one session."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    client = models.ForeignKey(Client, on_delete=models.CASCADE)
    treatment = models.ForeignKey(Treatment, on_delete=models.CASCADE)
    occurred_at = models.DateTimeField()
    body = models.TextField()
    felt_understood = models.IntegerField(null=True)
    bond = models.IntegerField(null=True)

    class Meta:
        """The table is there."""

        managed = False
        db_table = "note"

    def __str__(self) -> str:
        """Show the id."""
        return str(self.id)


class MentalizingFailure(models.Model):
    """One failure tagged in a note."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="failures")
    treatment = models.ForeignKey(Treatment, on_delete=models.CASCADE)
    occurred_at = models.DateTimeField()
    position = models.IntegerField()
    pattern = models.CharField(max_length=32)
    signs = models.JSONField()
    place = models.CharField(max_length=64)
    trigger = models.CharField(max_length=64)
    affect = models.CharField(max_length=64)
    arousal = models.IntegerField()
    mode = models.CharField(max_length=32, null=True)  # noqa: DJ001 - absent is null in the shared tables
    observed_in = models.CharField(max_length=32)
    intervention = models.CharField(max_length=64)
    response = models.CharField(max_length=32)
    minutes_to_recovery = models.IntegerField()
    excerpt = models.TextField(null=True)  # noqa: DJ001

    class Meta:
        """The table is there."""

        managed = False
        db_table = "mentalizing_failure"
        ordering = ("position",)

    def __str__(self) -> str:
        """Show the id."""
        return str(self.id)

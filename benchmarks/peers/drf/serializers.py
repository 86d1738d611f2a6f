"""Model serializers, the note's with its failures nested and writable."""

from typing import Any

from django.db import transaction
from rest_framework import serializers

from benchmarks.peers.drf.models import MentalizingFailure, Note


class MentalizingFailureSerializer(serializers.ModelSerializer):
    """A failure as part of its note."""

    class Meta:
        """The fields of the answer."""

        model = MentalizingFailure
        fields = (
            *("id", "pattern", "signs", "place", "trigger", "affect", "arousal", "mode", "observed_in"),
            *("intervention", "response", "minutes_to_recovery", "excerpt"),
        )
        read_only_fields = ("id",)


class NoteSerializer(serializers.ModelSerializer):
    """A note with its failures."""

    client_id = serializers.UUIDField()
    treatment_id = serializers.UUIDField()
    failures = MentalizingFailureSerializer(many=True)

    class Meta:
        """The fields of the answer."""

        model = Note
        fields = ("id", "client_id", "treatment_id", "occurred_at", "body", "felt_understood", "bond", "failures")
        read_only_fields = ("id",)

    @transaction.atomic
    def create(self, validated_data: dict[str, Any]) -> Note:
        """Store the note, then its failures in one statement."""
        failures = validated_data.pop("failures")
        note = Note.objects.create(**validated_data)
        MentalizingFailure.objects.bulk_create(
            MentalizingFailure(
                note=note, treatment_id=note.treatment_id, occurred_at=note.occurred_at, position=position, **failure
            )
            for position, failure in enumerate(failures)
        )
        return note

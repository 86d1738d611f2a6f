"""One view set for notes, one view for the months."""

from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncMonth
from rest_framework import mixins, viewsets
from rest_framework.decorators import api_view
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from benchmarks.peers.drf.models import MentalizingFailure, Note
from benchmarks.peers.drf.serializers import NoteSerializer


class LatestFirst(CursorPagination):
    """Pages that need no count."""

    page_size = 50
    ordering = ("-occurred_at", "-id")


class NoteViewSet(
    mixins.RetrieveModelMixin, mixins.ListModelMixin, mixins.CreateModelMixin, viewsets.GenericViewSet[Any]
):
    """Read one, list those of a client, write one."""

    serializer_class = NoteSerializer
    pagination_class = LatestFirst

    def get_queryset(self) -> QuerySet[Note]:
        """Fetch the failures of all notes in one statement; filter against the query."""
        notes = Note.objects.prefetch_related("failures")
        client_id = self.request.query_params.get("client_id")
        return notes if client_id is None else notes.filter(client_id=client_id)


@api_view(["GET"])
def months(_request: Request, treatment_id: str) -> Response:
    """Count the failures of a treatment by month and pattern."""
    counted = (
        MentalizingFailure.objects.filter(treatment_id=treatment_id)
        .annotate(month=TruncMonth("occurred_at"))
        .values("month", "pattern")
        .annotate(count=Count("id"))
        .order_by("month", "pattern")
    )
    return Response([{**row, "month": row["month"].strftime("%Y-%m")} for row in counted])

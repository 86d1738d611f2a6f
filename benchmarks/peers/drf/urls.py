"""Where the views are."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from benchmarks.peers.drf.views import NoteViewSet, months

router = SimpleRouter(trailing_slash=False)
router.register("notes", NoteViewSet, basename="note")
urlpatterns = [path("treatments/<uuid:treatment_id>/failures-by-month", months), path("", include(router.urls))]

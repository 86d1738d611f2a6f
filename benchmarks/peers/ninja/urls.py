"""Where the API is."""

from django.urls import path

from benchmarks.peers.ninja.api import api

urlpatterns = [path("", api.urls)]

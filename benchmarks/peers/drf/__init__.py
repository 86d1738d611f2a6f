"""Django REST framework: model serializers, a nested writable one, cursor pagination, prefetched children."""

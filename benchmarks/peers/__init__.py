"""The same four answers, each written as the documentation of its tools teaches; none has the service's features."""

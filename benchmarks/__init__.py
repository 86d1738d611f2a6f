"""How fast the service is beside others that do the same, in one run on one machine; `make bench` runs it."""

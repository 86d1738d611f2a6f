"""What is needed to measure the service itself; runs in the service's own environment."""

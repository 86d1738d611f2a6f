"""The version of the product: one place, semantic versioning."""

VERSION = "0.1.0"

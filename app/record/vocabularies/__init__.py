"""The versioned code lists of the record."""

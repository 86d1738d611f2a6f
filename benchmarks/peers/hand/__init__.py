"""The hand-written limit: bare ASGI, the raw driver and orjson. What the same answers cost with nothing around them."""

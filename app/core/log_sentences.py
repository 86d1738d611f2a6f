"""The sentences of libraries an operator reads in our log, with the names of the values in them.

A sentence that is not here is left out of the log. One is added only when it is the same each time, whatever people
do; of its values only those are named that `core.logs` has a form for.
"""

SENTENCES: dict[str, tuple[str | None, ...]] = {
    "Started server process [%d]": ("process",),
    "Waiting for application startup.": (),
    "Application startup complete.": (),
    "Application startup failed. Exiting.": (),
    "Uvicorn running on %s://%s:%d (Press CTRL+C to quit)": (None, "host", "port"),
    "Shutting down": (),
    "Waiting for connections to close. (CTRL+C to force quit)": (),
    "Waiting for background tasks to complete. (CTRL+C to force quit)": (),
    "Cancel %s running task(s), timeout graceful shutdown exceeded": ("count",),
    "Waiting for application shutdown.": (),
    "Application shutdown complete.": (),
    "Application shutdown failed. Exiting.": (),
    "Finished server process [%d]": ("process",),
    "Started parent process [%d]": ("process",),
    "Stopping parent process [%d]": ("process",),
    "Received SIGINT, exiting.": (),
    "Received SIGTERM, exiting.": (),
    "Invalid HTTP request received.": (),
    "Unsupported upgrade request.": (),
    "Exception in ASGI application": (),
    "Exception in 'lifespan' protocol": (),
    "ASGI callable returned without starting response.": (),
    "ASGI callable returned without completing response.": (),
    "Task exception was never retrieved": (),
    "Unclosed connection": (),
}
"""The sentence, and for each value in it the key it is logged under, or None."""

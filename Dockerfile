# Stance in one container: `docker run -e STANCE_DATABASE_URL=... -e STANCE_MASTER_KEY=... -e STANCE_BEHIND_TLS_PROXY=true stance`
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
COPY requirements.lock .
RUN python -m venv /venv && /venv/bin/pip install --require-hashes --only-binary :all: -r requirements.lock \
    && /venv/bin/pip uninstall --yes setuptools pip

FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 MPLCONFIGDIR=/tmp \
    STANCE_HOST=0.0.0.0 STANCE_MASTER_KEY_FILE=/run/secrets/stance_master_key
WORKDIR /srv
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin stance \
    && install -d -o stance -g stance /srv/data
COPY --from=build /venv /venv
COPY alembic.ini ./
COPY migrations migrations
COPY app app
# Compiled here, because nothing can be written there: a start would compile all of it each time.
RUN python -m compileall -q app migrations
USER 10001
EXPOSE 8000
VOLUME /srv/data
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "app.cli"]
CMD ["serve"]

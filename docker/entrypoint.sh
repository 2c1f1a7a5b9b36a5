#!/bin/sh
# One image, one word for what it is to be: web, relay, worker QUEUE, scheduler, flower,
# migrate, keys. Anything else is run as it is. Everything is exec'd, so signals arrive.
set -eu

role=${1:-web}
case $role in
web)
    # --preload: the program is loaded and checked once (spelunker/gunicorn_conf.py), then forked.
    # Threads, because requests wait for the database and never compute for long. A connection is
    # kept for longer than proxies keep theirs (60 s): they must be the ones to close it.
    exec gunicorn spelunker.wsgi -c python:spelunker.gunicorn_conf --preload --bind "0.0.0.0:8000" \
        --workers "${WEB_WORKERS:-2}" --threads "${WEB_THREADS:-8}" \
        --timeout 60 --graceful-timeout 25 --keep-alive 75 \
        --max-requests 5000 --max-requests-jitter 500 \
        --worker-tmp-dir /dev/shm --no-control-socket --access-logfile -
    ;;
relay)
    exec python manage.py relay
    ;;
worker)
    queue=${2:?"Say which queue: worker default, worker embedding or worker batch."}
    # The host name is the container's: a restarted container takes over its own leases at once.
    exec celery -A spelunker worker -Q "$queue" -c "${WORKER_CONCURRENCY:-2}" \
        -n "worker-$queue@%h" -l "${CELERY_LOGGING_LEVEL:-INFO}" \
        --without-gossip --without-mingle
    ;;
scheduler)
    exec celery -A spelunker beat -l "${CELERY_LOGGING_LEVEL:-INFO}" --pidfile=
    ;;
flower)
    if [ -n "${FLOWER_BASIC_AUTH_FILE:-}" ]; then
        FLOWER_BASIC_AUTH=$(cat "$FLOWER_BASIC_AUTH_FILE")
        export FLOWER_BASIC_AUTH
    fi
    : "${FLOWER_BASIC_AUTH:?"Flower shows and stops tasks, so it does not start without FLOWER_BASIC_AUTH=name:password."}"
    exec celery -A spelunker flower --port=5555
    ;;
migrate)
    exec python manage.py prepare
    ;;
keys)
    exec python docker/make_keys.py
    ;;
*)
    exec "$@"
    ;;
esac

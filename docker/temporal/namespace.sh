#!/bin/sh
# Makes the namespace, and the search attributes that workflows are found by. May run again at any time.
# TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE set where.
set -eu

if ! temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 720h
fi

# The server's parts learn of a new namespace within some seconds; until then this fails.
attempts_left=30
until temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" \
  --name BusinessDate --type Keyword \
  --name Pipeline --type Keyword \
  --name Asset --type Keyword; do
  attempts_left=$((attempts_left - 1))
  [ "$attempts_left" -gt 0 ] || exit 1
  sleep 1
done

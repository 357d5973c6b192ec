#!/bin/sh
# The browser tests need Chromium and a font with Chinese characters, those of the networks nginx. Install Debian's
# when we may; else say so: the tests then fail with the same words, so that a green run always means that they ran.
set -eu
missing=""
# The configurations of deploy/nginx are tried in a real one.
command -v nginx >/dev/null 2>&1 || missing="nginx-light"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
[ -n "$(fc-list :lang=zh 2>/dev/null | head -n 1)" ] || missing="$missing fontconfig fonts-droid-fallback"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing for the tests: $missing"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null || \
        echo "could not install $missing: the tests that need them fail until they are there"
else
    echo "the tests need $missing; as root on Debian: apt-get install $missing"
fi

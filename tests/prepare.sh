#!/usr/bin/env bash
# What the tests need beside Python: a browser, PostgreSQL, Redis, and fonts for what people write.
# Installed from the system's packages where that is allowed (root on Debian or Ubuntu); else said, and those tests skip.
set -u

has() { command -v "$1" >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/$1" >/dev/null; }

missing=()
[ -n "${CHROMIUM:-}" ] || has chromium || missing+=(chromium fonts-noto-color-emoji fonts-noto-cjk)
has initdb || missing+=(postgresql)
has redis-server || missing+=(redis-server)
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" = 0 ] && has apt-get; then
  echo "Installing ${missing[*]} for the tests."
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -qq && apt-get install -y -qq "${missing[@]}" >/dev/null; } && exit 0
fi
cat <<END

  NOT EVERYTHING WILL BE TESTED: there is no ${missing[*]} here.
  The tests that need them are skipped, and counted at the end. On Debian or Ubuntu:
      sudo apt-get install ${missing[*]}

END

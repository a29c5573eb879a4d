#!/usr/bin/env bash
# A run that is watched: what it serves while it goes on, and how it ends.
. "$(dirname "$0")/common.sh" "$1"
cd "$work"

if "$program" info | grep -q '^live view  *no'; then
  expect_exit 1 "$program" mnist train --data synthetic --quick --serve 0
  expect_said --serve
  exit 0
fi

# watched COMMAND...: starts it, and leaves its address in $address and its number in $pid. $at is where it is shown.
at=0
watched() {
  : >watched.err  # here, since the next line may not have opened it when it is read
  "$@" --serve "$at" >watched.out 2>watched.err &
  pid=$!
  for _ in $(seq 300); do
    address=$(sed -n 's/^This run can be watched at //p' watched.err)
    [ -z "$address" ] || return 0
    kill -0 $pid 2>/dev/null || failed "it has ended: $(cat watched.err)"
    sleep 0.1
  done
  failed "no address: $(cat watched.err)"
}

# ended_by SIGNAL: sends it, and expects the end that an interrupted run has.
ended_by() {
  local code=0
  kill -"$1" $pid
  wait $pid || code=$?
  [ $code -eq 130 ] || failed "exit code $code after SIG$1: $(cat watched.err)"
}

fetch() { curl --silent --show-error --noproxy '*' --max-time 20 "$@"; }

small=(--data synthetic --quick)
for command in "mnist train ${small[*]} --epochs 1000000 --log none" "study ${small[*]} --layers 3 --units 20 --steps 1000000000" \
  "text train --steps 1000000 --every 1000000 --units 16 --log none"; do
  watched "$program" $command --out run
  fetch "$address" >page
  grep -q '</html>' page || failed "$command: no page"
  ! grep -qE '(src|href)="?http' page || failed "$command: the page needs other hosts"
  # Figures and status arrive, and change.
  (fetch --max-time 3 --no-buffer "${address}events" || true) >events
  [ "$(grep -c '^event: figures' events)" -ge 2 ] || failed "$command: figures do not follow: $(head -c 500 events)"
  grep -q '^event: status' events || failed "$command: no status"
  [ "$(fetch -o /dev/null -w '%{http_code}' -X POST "$address")" = 405 ] || failed "$command: takes a POST"
  [ "$(fetch -o /dev/null -w '%{http_code}' "${address}../etc/passwd" --path-as-is)" = 404 ] || failed "$command: serves files"
  # Its port is taken.
  port=${address##*:}
  expect_exit 1 "$program" mnist train "${small[@]}" --epochs 1 --serve "${port%/}" --out other
  expect_said --serve
  rm -rf other
  ended_by INT
  rm -rf run
done

# Shown to other machines, it is at an address that has a secret in it, and nowhere else.
at=0.0.0.0:0
watched "$program" mnist train "${small[@]}" --epochs 1000000 --log none --out run
port=$(sed 's,.*:\([0-9]*\)/.*,\1,' <<<"$address") path=$(sed 's,http://[^/]*,,' <<<"$address")
grep -qE '^/[0-9a-f]{32}/$' <<<"$path" || failed "no secret in $address"
fetch "http://127.0.0.1:$port$path" >page
grep -q '</html>' page || failed "no page at its address"
(fetch --max-time 3 --no-buffer "http://127.0.0.1:$port${path}events" || true) >events
grep -q '^event: figures' events || failed "no figures at its address"
for other in / /events; do
  [ "$(fetch -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port$other")" = 403 ] || failed "serves $other to everybody"
done
ended_by INT
expect_exit 2 "$program" mnist train "${small[@]}" --serve elsewhere:80
expect_said --serve

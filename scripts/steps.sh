# How the setup scripts say what they do: one line a step with its seconds, details in .setup/*.log.
# Read by `source`; the caller stands in the project's root.
# shellcheck shell=bash

mkdir -p .setup

_ticker=
_quiet() {
  [[ -z $_ticker ]] || { kill "$_ticker" && wait "$_ticker"; } 2>/dev/null || true
  _ticker=
}
trap _quiet EXIT
trap 'echo; echo "stopped; run the same command again to go on" >&2; exit 130' INT TERM

# fail SENTENCE: ends the setup; the sentence names the remedy
fail() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}

# shows the seconds until it is ended; its own sleep ends with it
_tick() {
  local pause=10 nap=
  [[ ! -t 1 ]] || pause=1
  trap - EXIT INT
  trap 'kill "$nap" 2>/dev/null; exit 0' TERM
  while true; do
    sleep "$pause" &
    nap=$!
    wait "$nap" || true
    if [[ $pause == 1 ]]; then printf '\r%s … %d s ' "$1" $((SECONDS - $2)); else printf '%d s … ' $((SECONDS - $2)); fi
  done
}

# step TITLE LOG REMEDY COMMAND...: runs a command and shows for how long; its output goes to .setup/LOG.log.
# When it fails, the last lines of the log and the remedy are shown.
step() {
  local title=$1 log=.setup/$2.log remedy=$3 began=$SECONDS
  shift 3
  printf '%s … ' "$title"
  _tick "$title" "$began" &
  _ticker=$!
  if "$@" >"$log" 2>&1 </dev/null; then
    _quiet
    [[ -t 1 ]] && printf '\r%s … ' "$title"
    printf 'done, %d s\n' $((SECONDS - began))
  else
    _quiet
    printf 'failed after %d s; the end of %s:\n' $((SECONDS - began)) "$log"
    tail -n 15 "$log" | sed 's/^/    /'
    fail "$remedy"
  fi
}

# fingerprint FILE...: one hash of the contents and names of files
fingerprint() {
  sha256sum -- "$@" | sha256sum | cut -d' ' -f1
}

# done_for STAMP FINGERPRINT: whether a step was finished for exactly this; finished STAMP FINGERPRINT notes it
done_for() { [[ -f .setup/$1.stamp && $(<".setup/$1.stamp") == "$2" ]]; }
finished() { printf '%s\n' "$2" >".setup/$1.stamp.new" && mv ".setup/$1.stamp.new" ".setup/$1.stamp"; }

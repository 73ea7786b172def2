# What .ci/run and .ci/nightly share: parts, each in a fresh copy of the tree, with a Python of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
export PIP_DISABLE_PIP_VERSION_CHECK=1
export CI=1 # the same random examples each time: tests/conftest.py

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
log=$work/log
failed=$work/failed
touch "$failed"

# The README's two commands, to the letter, and the Pythons that pyproject.toml names.
mapfile -t readme < <(sed -n '/^```sh$/,/^```$/{/^```/d;p}' README.md)
install=${readme[0]} tests=${readme[1]}
mapfile -t declared < <(grep -oP 'Python :: \K3\.\d+' pyproject.toml)
.ci/lowest >"$work/lowest"

# copy FOLDER: the tree as it is here, without its environment and its caches.
copy() {
  mkdir "$1"
  tar -c --exclude=./.venv --exclude='./.*_cache' . | tar -x -C "$1"
}

# python_of 3.x: the path of that Python, if there is one that runs; pyenv's on the PATH need not.
python_of() {
  local candidate
  for candidate in $(type -aP "python$1") ${PYENV_ROOT:-~/.pyenv}/versions/"$1".*/bin/python; do
    "$candidate" -c '' 2>/dev/null && echo "$candidate" && return
  done
  echo "skipped: Python $1 is not on this machine" >&2
  return 1
}

# part NAME PYTHON VERSIONS COMMAND: says whether the command succeeds where python3 is that Python and
# pip takes the newest versions or the lowest; what it printed is in the log, and is shown if not.
# Several may run at once: the log is then that of the last one to end.
part() {
  local start=$SECONDS result=passed folder
  folder=$(mktemp -d -p "$work")
  copy "$folder/tree"
  printf '#!/bin/sh\nexec "%s" "$@"\n' "$2" >"$folder/python3"
  chmod +x "$folder/python3"
  (
    cd "$folder/tree"
    [ "$3" = newest ] || export PIP_CONSTRAINT=$work/lowest
    PATH=$folder:$PATH bash -c "$4" </dev/null
  ) >"$folder/log" 2>&1 || result=FAILED
  if [ "$result" = FAILED ]; then
    cat "$folder/log"
    echo "$1, $3 versions" >>"$failed"
  fi
  mv "$folder/log" "$log"
  rm -rf "$folder"
  echo "$result: $1, $3 versions, $((SECONDS - start)) s"
}

# report: ends the script, with the names of the parts that failed if there are any.
report() {
  if [ -s "$failed" ]; then
    sed 's/^/FAILED: /' "$failed"
    exit 1
  fi
}

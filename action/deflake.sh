#!/usr/bin/env bash
# The step of action.yml: isolator deflake --from-run, as annotations, a summary of the job and a patch.
#
# isolator gets an environment of its own, so that the project's stays as it is; ISOLATOR names one that is there already.
# The exit code is 2 if isolator failed. Flaky tests do not make this step fail: the suite is red anyway.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
report="$RUNNER_TEMP/isolator-deflake.json"
patch="$RUNNER_TEMP/isolator.patch"

if [[ -z ${ISOLATOR:-} ]]; then
  "$PROJECT_PYTHON" -m venv "$RUNNER_TEMP/isolator"
  bin="$RUNNER_TEMP/isolator/bin"
  [[ -d $bin ]] || bin="$RUNNER_TEMP/isolator/Scripts" # on Windows
  "$bin/python" -m pip install --quiet "$here/.."
  ISOLATOR="$bin/isolator"
fi

# Words are split as a shell does, and nothing in them is run.
words=()
if [[ -n ${PYTEST_ARGUMENTS// /} ]]; then
  while IFS= read -r word; do words+=("$word"); done < <(xargs printf '%s\n' <<< "$PYTEST_ARGUMENTS")
fi

python="$(command -v "$PROJECT_PYTHON")"
set +e
"$ISOLATOR" deflake --yes --output-format json --python "$python" --from-run "$FAILED_RUN" \
  -- ${words[@]+"${words[@]}"} 2>&1 > "$report" | tee "$RUNNER_TEMP/isolator.log" >&2
code=${PIPESTATUS[0]}
set -e
if [[ ! -s $report ]]; then
  echo "::error title=isolator deflake::$(tail -n 1 "$RUNNER_TEMP/isolator.log")"
  exit 2
fi

git add --intent-to-add -- '*conftest.py' 2> /dev/null || true # one that isolator has made
git diff --relative > "$patch"
"$python" "$here/report.py" "$report" "$patch" >> "$GITHUB_STEP_SUMMARY"
"$python" "$here/report.py" "$report"
{
  echo "fixed=$([[ $code == 0 ]] && echo true || echo false)"
  echo "patch=$([[ -s $patch ]] && echo "$patch" || true)"
} >> "$GITHUB_OUTPUT"
[[ $code == 2 ]] && exit 2
exit 0

#!/usr/bin/env bash
# Lints the templates of the examples, as `penstock aws synth` prints them. A finding fails; what a check is told to
# leave out says why, in the template.
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for example in orders retail; do
  template="$work/$example.template.json"
  bin/penstock aws synth -c "examples/$example" --env-file '' >"$template"
  .venv/bin/cfn-lint "$template"
  LOG_LEVEL=CRITICAL .venv/bin/checkov -f "$template" --framework cloudformation --compact --quiet --skip-download
  echo "examples/$example: the template passes cfn-lint and checkov"
done

#!/usr/bin/env bash
# Lints the templates of the examples. A finding fails; what a check is told to leave out says why, in the template.
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/code"
printf 'not a program' >"$work/code/bootstrap"
chmod +x "$work/code/bootstrap"

for example in orders retail; do
  bin/penstock-aws -pipeline "examples/$example" -transformer "$work/code" -out "$work/$example" 2>"$work/log" || { cat "$work/log"; exit 1; }
  template="$work/$example/PipelineStack.template.json"
  .venv/bin/cfn-lint "$template"
  LOG_LEVEL=CRITICAL .venv/bin/checkov -f "$template" --framework cloudformation --compact --quiet --skip-download
  echo "examples/$example: the template passes cfn-lint and checkov"
done

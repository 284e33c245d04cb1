#!/usr/bin/env bash
# Formats the C++ sources with clang-format 14; with --check it only says what differs.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v clang-format-14 >/dev/null || { echo "format: clang-format-14 is missing (Debian package clang-format-14)" >&2; exit 5; }
mode=(-i)
[ "${1:-}" = "--check" ] && mode=(--dry-run --Werror)
git ls-files --cached --others --exclude-standard '*.cpp' '*.h' | xargs clang-format-14 "${mode[@]}"

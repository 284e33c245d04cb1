#!/usr/bin/env python3
"""Checks what the house asks of every file: folders that introduce themselves, short files, no paths of one machine.

    house_rules.py ROOT          exit code 1 and a line for each breach
    house_rules.py --self-test   plants breaches in a small tree and expects each to be found
"""

import re
import sys
import tempfile
from pathlib import Path

SOURCE_FOLDERS = ("lib", "tools", "scripts", "tests")
TEXT_FOLDERS = SOURCE_FOLDERS + ("docs",)
# Folders of data: the README above them speaks for them.
DATA_FOLDERS = re.compile(r"tests/(data|golden)/[^/]+/.+|tests/fuzz/seeds(/.*)?")
MAX_FILE_LINES, MAX_MAIN_LINES = 450, 80
CODE = (".h", ".cpp", ".py", ".sh", ".cmake")
# Written in two pieces, so that this file does not hold them.
FORBIDDEN = [
    (re.compile(r"(?<![\w./])/wor" + r"k/"), "a path of one machine"),
    (re.compile(r"(?<![\w./])/roo" + r"t/"), "a path of one machine"),
    (re.compile(r"/tmp/bas" + r"h_"), "a path of one machine"),
    (re.compile(r"\b(TO" + r"DO|FIX" + r"ME)\b"), "a note that something is unfinished"),
]


def is_hidden(path):
    return any(part.startswith(".") or part == "__pycache__" for part in path.parts)


def files_below(root, folders):
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and not is_hidden(path.relative_to(root)):
                yield path.relative_to(root)


def readme_problems(root):
    folders = set()
    for path in files_below(root, SOURCE_FOLDERS):
        folders.update(parent for parent in path.parents if parent != Path("."))
    for folder in sorted(folders):
        if not DATA_FOLDERS.fullmatch(folder.as_posix()) and not (root / folder / "README.md").is_file():
            yield f"{folder}: has no README.md that says what lives here and what must not"


def text_problems(root):
    top = [path.relative_to(root) for path in sorted(root.iterdir()) if path.is_file() and not path.name.startswith(".")]
    for path in [*top, *files_below(root, TEXT_FOLDERS)]:
        try:
            lines = (root / path).read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        is_code = path.suffix in CODE or path.name == "CMakeLists.txt"
        is_main = path.parent == Path("tools") and path.suffix == ".cpp"
        limit = MAX_MAIN_LINES if is_main else MAX_FILE_LINES
        if is_code and len(lines) > limit:
            yield f"{path}: has {len(lines)} lines, at most {limit} are allowed; split it by the words of its subject"
        for number, line in enumerate(lines, 1):
            for pattern, why in FORBIDDEN:
                if pattern.search(line):
                    yield f"{path}:{number}: {why}: {line.strip()[:100]}"


def problems_of(root):
    return [*readme_problems(root), *text_problems(root)]


GOOD_TREE = {
    "CMakeLists.txt": "project(x)",
    "lib/README.md": "Rooms.",
    "lib/core/README.md": "Core.",
    "lib/core/a.cpp": "int a;\n" * MAX_FILE_LINES,
    "tools/README.md": "Programs.",
    "tools/x.cpp": "int x;\n" * MAX_MAIN_LINES,
    "tests/README.md": "Tests.",
    "tests/data/README.md": "Data.",
    "tests/data/set/README.md": "A set.",
    "tests/data/set/deep/file.json": "{}",
    "tests/fuzz/README.md": "Fuzzing.",
    "tests/fuzz/seeds/a/seed": "x",
    "docs/guide.md": "a line\n" * 1000,
}
BREACHES = {
    "lib/face/a.h": "int a;",
    "lib/core/deep/a.h": "int a;",
    "tests/data/other/file": "x",
    "lib/core/long.cpp": "int a;\n" * (MAX_FILE_LINES + 1),
    "tools/long.cpp": "int a;\n" * (MAX_MAIN_LINES + 1),
    "docs/path.md": "see /wor" + "k/main",
    "lib/core/path.h": 'auto p = "/roo' + 't/x";',
    "scripts.sh": "cat /tmp/bas" + "h_jobs",
    "lib/core/open.h": "// TO" + "DO: later",
    "lib/core/mend.h": "// FIX" + "ME",
}


def self_test():
    failures = []
    for breach in [None, *BREACHES]:
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {**GOOD_TREE, **({breach: BREACHES[breach]} if breach else {})}.items():
                path = Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            problems = problems_of(Path(folder))
            if breach is None:
                failures += [f"the good tree: {problem}" for problem in problems]
            elif len(problems) != 1:
                failures.append(f"{breach}: one problem was expected, found {problems}")
    return failures


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    problems = self_test() if arguments[0] == "--self-test" else problems_of(Path(arguments[0]))
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

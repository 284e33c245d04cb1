#!/usr/bin/env python3
"""Compares the documentation with the programs' help and with the tables in the sources.

docs_test.py --bin DIR --root DIR    prints what is wrong, one line each; exit code 1 when anything is
docs_test.py --self-test             proves on a small made-up project that each check can fail
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

# A program's name, and the subcommands that have a help of their own.
PROGRAMS = {"extract": [], "align": [], "train": [], "convert": [], "merge": [],
            "consent": ["new", "show", "check", "list", "sign", "revoke", "purge"], "verify": [], "evaluate": [], "export": [], "plan": [],
            "cast": ["list", "name", "merge", "split"],
            "faces": ["sort", "best", "dedupe", "filter", "stats", "sheet", "check", "reindex", "edit", "import", "export", "pack"]}
SHARED_PAGE, SHARED_HEADING = "convert.md", "Options of every program"
# Tables whose names are no option's values, and the page that describes them.
TABLES_WITHOUT_OPTION = {"lib/understudy/model/losses/table.cpp": "train.md",
                         "lib/understudy/model/optimizer.cpp": "train.md"}
# Pages and lines about other people's programs, whose options are not ours.
FOREIGN_PAGES = {"rendering-the-cast.md", "benchmarks.md"}
FOREIGN_COMMANDS = re.compile(r"\b(cmake|ctest|git|npm|node|python3|blender|ffmpeg|apt-get|unit_\w+|understudy_face_\w+|srun|sbatch|scontrol|squeue|scancel|parallel|openjd|deadline|torchrun|mpirun|podman|cpack|[Aa]pptainer)\b|docs_test|--self-test")

OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")
HELP_OPTION = re.compile(r"^  ((?:-\w,)?--[a-z][a-z0-9-]*(?:,--[a-z][a-z0-9-]*)*)", re.M)
HELP_CHOICE = re.compile(r"^ {32}([a-z][a-z0-9-]*): \S", re.M)  # descriptions begin at column 30
LITERALS = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'
FIELD = re.compile(r'Field\{\s*"([^"]+)",\s*"([^"]+)",\s*' + LITERALS + ",")
TABLE_ENTRY = re.compile(r'\{+"([a-z][a-z0-9-]*)",\s*' + LITERALS + ",")


def read(path):
    return path.read_text(encoding="utf-8")


def squeezed(words):
    return " ".join(words.split())


def cells(line):
    return [squeezed(cell) for cell in line.strip().strip("|").split("|")]


def table_rows(page):
    """The cells of every table row of a page, without the rules below the headings."""
    lines = [line for line in page.splitlines() if line.startswith("|")]
    return [cells(line) for line in lines if not re.match(r"^\|[-:| ]+$", line)]


def section(page, heading):
    """From the heading to the next one of any level."""
    found = re.search(r"^#+ " + re.escape(heading) + r"$(.*?)(?=^#+ |\Z)", page, re.M | re.S)
    return found.group(1) if found else ""


def help_text(program):
    """What a program and its subcommands print for --help."""
    name = program.name.removeprefix("understudy-")
    out = ""
    for arguments in [[]] + [[subcommand] for subcommand in PROGRAMS[name]]:
        command = [str(program), *arguments, "--help"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise OSError(f"{' '.join(command)} exits with {done.returncode}: {done.stderr.strip()}")
        out += done.stdout + "\n"
    return out


def options_in(help_page):
    return {name for names in HELP_OPTION.findall(help_page) for name in names.split(",") if name.startswith("--")}


def check_programs(bin_dir, pages):
    """Every option and choice of a program's help stands in its page. Gives the problems and each program's options."""
    problems, known = [], {}
    shared = section(pages.get(SHARED_PAGE, ""), SHARED_HEADING)
    if not shared:
        problems.append(f"docs/tools/{SHARED_PAGE} has no section '{SHARED_HEADING}'")
    for name in PROGRAMS:
        where = f"docs/tools/{name}.md"
        try:
            help_page = help_text(bin_dir / f"understudy-{name}")
        except (OSError, subprocess.TimeoutExpired) as error:
            problems.append(f"understudy-{name} cannot be asked for its help: {error}")
            continue
        options, choices = options_in(help_page), set(HELP_CHOICE.findall(help_page))
        known[name] = options
        if "--help" not in options or "auto" not in choices:
            problems.append(f"the help of understudy-{name} is of an unknown form: no --help, or no choice `auto`")
        if f"{name}.md" not in pages:
            problems.append(f"{where} is missing")
            continue
        page = pages[f"{name}.md"]
        links_shared = "#" + slug(SHARED_HEADING) in page
        described = page + (shared if links_shared else "")
        for option in sorted(options - set(OPTION.findall(described))):
            problems.append(f"{where} does not name {option}")
        for choice in sorted(choices):
            if f"`{choice}`" not in described:
                problems.append(f"{where} does not name the choice `{choice}`")
        for row in table_rows(page):
            for option in OPTION.findall(row[0]):
                if option not in options:
                    problems.append(f"{where} has a row for {option}, which understudy-{name} does not take")
    return problems, known


def check_options_exist(files, known):
    problems = []
    for path in files:
        if path.name in FOREIGN_PAGES:
            continue
        for number, line in enumerate(read(path).splitlines(), 1):
            if FOREIGN_COMMANDS.search(line):
                continue
            for option in OPTION.findall(line):
                if option not in known:
                    problems.append(f"{path} line {number}: no program has {option}")
    return problems


def check_tables(root, pages):
    problems = []
    for source, page_name in TABLES_WITHOUT_OPTION.items():
        code = read(root / source)
        start = code.find(" table(")
        names = [name for name, _ in TABLE_ENTRY.findall(code[start:])] if start >= 0 else []
        if not names:
            problems.append(f"{source} has no table of a known form")
        for name in names:
            if f"`{name}`" not in pages.get(page_name, ""):
                problems.append(f"docs/tools/{page_name} does not name `{name}` of {source}")
    return problems


def check_exit_codes(root):
    codes = {int(code) for code in re.findall(r"^\s*k\w+ = (\d+),", read(root / "lib/understudy/core/error.h"), re.M)}
    if not codes:
        return ["lib/understudy/core/error.h has no codes of a known form"]
    page = read(root / "docs/exit-codes.md")
    rows = {int(code) for row in table_rows(page) for code in re.findall(r"\d+", row[0])}
    return [f"docs/exit-codes.md has no row for {code}" for code in sorted(codes - rows)]


def check_record(root):
    """The field table of the dataset page is that of record.cpp: names, stages, meanings, order."""
    fields = [[name, since, squeezed("".join(re.findall(r'"((?:[^"\\]|\\.)*)"', meaning)))]
              for name, since, meaning in FIELD.findall(read(root / "lib/understudy/dataset/record.cpp"))]
    where = "docs/formats/dataset.md"
    rows = [[row[0].strip("`"), *row[1:]] for row in table_rows(section(read(root / where), "The record"))[1:]]
    if not fields:
        return ["lib/understudy/dataset/record.cpp has no fields of a known form"]
    field_names, row_names = [f[0] for f in fields], [r[0] for r in rows]
    problems = [f"{where} has no row for the field '{name}'" for name in field_names if name not in row_names]
    problems += [f"{where} has a row for '{name}', which is no field" for name in row_names if name not in field_names]
    if not problems:
        problems += [f"{where} says {r}, record.cpp says {f}" for f, r in zip(fields, rows) if f != r]
    return problems


def without_code(page):
    page = re.sub(r"^```.*?^```", "", page, flags=re.M | re.S)
    page = re.sub(r"^(?: {4}|\t).*$", "", page, flags=re.M)
    return re.sub(r"`[^`\n]*`", "", page)


def slug(heading):
    """A heading's anchor, as GitHub makes it."""
    words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.lower())
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


def check_links(root, files):
    problems = []
    for path in files:
        for target in re.findall(r"\]\(([^)\s]+)\)", without_code(read(path))):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            place = (path.parent / name) if name else path
            if not place.exists():
                problems.append(f"{path.relative_to(root)}: the link {target} leads nowhere")
            elif anchor and place.suffix == ".md":
                headings = re.findall(r"^#+ (.+)$", read(place), re.M)
                if anchor not in map(slug, headings):
                    problems.append(f"{path.relative_to(root)}: the link {target} names no heading")
    return problems


def problems_of(bin_dir, root):
    files = [root / "README.md", *sorted((root / "docs").rglob("*.md"))]
    pages = {path.name: read(path) for path in sorted((root / "docs/tools").glob("*.md"))}
    problems, known = check_programs(bin_dir, pages)
    if len(known) == len(PROGRAMS):
        problems += check_options_exist(files, set().union(*known.values()))
    problems += check_tables(root, pages)
    problems += check_exit_codes(root)
    problems += check_record(root)
    problems += check_links(root, files)
    return problems


SAMPLE_HELP = """Usage: {name} [OPTIONS]
Options:
  -h,--help                   Print this help message and exit
  --progress TEXT:auto=auto   how progress is shown
                                auto: a bar
  --speed TEXT:slow|fast      how fast; not --haste
                                slow: by day
                                fast: by night
"""
SAMPLE_PAGE = """# A program

| option | meaning |
|---|---|
| `--speed` | `slow` or `fast` |

Also [the others](convert.md#options-of-every-program).
"""
SAMPLE_SHARED = """
## Options of every program

| option | meaning |
|---|---|
| `--help` | |
| `--progress` | `auto` |
"""
SAMPLE_DATASET = """# D

## The record

| field | since | meaning |
|---|---|---|
| `box` | extract | x and y |
| `pts` | all | time |

## Next

| `not` | a | field |
"""
SAMPLE = {
    "README.md": "[docs](docs/exit-codes.md)\n\n    understudy-merge --speed fast\n",
    "docs/exit-codes.md": "| code | meaning |\n|---|---|\n| 0 | done |\n| 2 | usage |\n| 143, 130 | signals |\n",
    "docs/formats/dataset.md": SAMPLE_DATASET,
    "lib/understudy/core/error.h": "enum class ErrorCode {\n  kUsage = 2,  ///< wrong\n};\n",
    "lib/understudy/dataset/record.cpp":
        'Field{"box", "extract",\n  "x and "\n  "y", [](){}},\n Field{"pts", "all", "time", [](){}},\n',
    "lib/understudy/model/losses/table.cpp":
        'Table<LossKind> table("loss",\n {{"l1", "difference", {l1}},\n {"l2", "square", {l2}}});\n',
    "lib/understudy/model/optimizer.cpp": 'Table<Update> table("optimizer", {{"adamw", "Adam", adamw}});\n',
}
# What to spoil: file, old text, new text, a part of the sentence that is to be printed.
SPOILED = [
    ("docs/tools/merge.md", "`--speed`", "`speed`", "does not name --speed"),
    ("docs/tools/merge.md", "`fast`", "fast", "the choice `fast`"),
    ("docs/tools/merge.md", "| `--speed`", "| `--haste`, `--speed`", "has a row for --haste"),
    ("docs/tools/merge.md", "# A program", "# A program with --haste", "no program has --haste"),
    ("docs/tools/merge.md", "#options-of-every-program", "", "does not name --progress"),
    ("docs/tools/convert.md", "## Options of", "## Choices of", "has no section"),
    ("docs/tools/train.md", "`l2`", "`l3`", "does not name `l2`"),
    ("docs/exit-codes.md", "| 2 | usage |\n", "", "no row for 2"),
    ("docs/formats/dataset.md", "| `pts` | all | time |\n", "", "no row for the field 'pts'"),
    ("docs/formats/dataset.md", "`pts` | all", "`dts` | all", "'dts', which is no field"),
    ("docs/formats/dataset.md", "x and y", "x or y", "record.cpp says"),
    ("README.md", "docs/exit-codes.md", "docs/exits.md", "leads nowhere"),
    ("README.md", "docs/exit-codes.md", "docs/formats/dataset.md#the-face", "names no heading"),
    ("bin/understudy-verify", "  -h,--help", "-h --help", "of an unknown form"),
    ("bin/understudy-verify", "exit 0", "exit 3", "exits with 3"),
    ("lib/understudy/dataset/record.cpp", "Field{", "Column{", "no fields of a known form"),
    ("lib/understudy/core/error.h", "kUsage = 2", "Usage", "no codes of a known form"),
]


def write_sample(root):
    sample = dict(SAMPLE)
    for name in PROGRAMS:
        sample[f"docs/tools/{name}.md"] = SAMPLE_PAGE
        sample[f"bin/understudy-{name}"] = f"#!/bin/sh\ncat <<'END'\n{SAMPLE_HELP.format(name=name)}END\nexit 0\n"
    sample["docs/tools/convert.md"] += SAMPLE_SHARED
    sample["docs/tools/train.md"] += "\nLosses `l1`, `l2`; optimiser `adamw`.\n"
    for name, content in sample.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content, encoding="utf-8")
        if name.startswith("bin/"):
            (root / name).chmod(0o755)


def self_test():
    """What the checks miss, as sentences."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        write_sample(root)
        missed = [f"the sample is right, but: {problem}" for problem in problems_of(root / "bin", root)]
        for name, old, new, expected in SPOILED:
            whole = read(root / name)
            if old not in whole:
                missed.append(f"'{old}' is not in {name} of the sample")
            (root / name).write_text(whole.replace(old, new), encoding="utf-8")
            found = problems_of(root / "bin", root)
            if not any(expected in problem for problem in found):
                missed.append(f"{name} with '{new}' for '{old}': '{expected}' was expected, found {found}")
            (root / name).write_text(whole, encoding="utf-8")
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, help="folder of the programs")
    parser.add_argument("--root", type=pathlib.Path, help="the project's root")
    parser.add_argument("--self-test", action="store_true", help="prove that the checks can fail")
    options = parser.parse_args()
    if not options.self_test and not (options.bin and options.root):
        parser.error("--bin and --root are needed, or --self-test")
    problems = self_test() if options.self_test else problems_of(options.bin.resolve(), options.root.resolve())
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

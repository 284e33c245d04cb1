"""--help and --version of every program, and the front door `understudy`."""

import re
import subprocess

PROGRAMS = ("extract", "align", "train", "convert", "merge", "faces", "cast", "consent", "verify", "evaluate", "export", "plan")
VERSION = re.compile(r"\d+\.\d+\.\d+\n")


def help_of(program):
    def case(trial):
        text = trial.run(program, "--help", out=re.compile(r".*Usage: .*", re.DOTALL), err="").out
        for option in ("--config", "--print-config", "--report", "--progress", "--log-level", "--quiet", "--version"):
            trial.check(option in text, f"--help does not mention {option}")
    return case


def version_of(program):
    def case(trial):
        name = f"understudy-{program}"
        text = trial.run(program, "--version", out=None, err="").out
        trial.check(text.startswith(name + " ") and VERSION.fullmatch(text[len(name) + 1:]), f"no version: {text}")
        trial.run("", program, "--version", out=text, err="")
    return case


def cases():
    for program in PROGRAMS:
        yield f"help_of_{program}", help_of(program)
        yield f"version_of_{program}", version_of(program)


def case_loads_no_network_library_where_none_runs(trial):
    """Loading libtorch takes longer than all that a consent record or a frame needs."""
    for program in ("consent", "extract", "align", "merge", "evaluate", "faces", "cast"):
        loads = subprocess.run(["ldd", trial.house.bin / f"understudy-{program}"], text=True, capture_output=True, check=True).stdout
        trial.check("libtorch" not in loads, f"{program} loads libtorch")


def case_help(trial):
    for arguments in (["--help"], ["-h"], ["help"]):
        text = trial.run("", *arguments, out=re.compile("Usage: understudy NAME.*", re.DOTALL), err="").out
        for program in PROGRAMS:
            trial.check(re.search(rf"^  {program} ", text, re.MULTILINE), f"{program} is not listed")


def case_version(trial):
    trial.run("", "--version", out=re.compile(r"understudy \d+\.\d+\.\d+\n"), err="")


def case_no_name(trial):
    trial.run("", code=2, err="Usage: understudy NAME")  # the list of programs is the message


def case_unknown_program(trial):
    trial.run("", "swap", code=2, err="'swap'.*extract.*align.*train.*convert.*merge.*faces.*cast.*consent.*verify.*evaluate.*export")
    trial.run("", "../align", "--version", code=2, err="extract")


def case_describes_itself(trial):
    """Without the options that are required otherwise."""
    for program in ("", "faces", "train"):
        trial.run(program, "--describe", "man", out=re.compile(r"\.TH UNDERSTUDY.*\n\.SH SEE ALSO\n.*", re.DOTALL), err="")
        trial.run(program, "--describe", "bash", out=re.compile(r".*\ncomplete -F _understudy.*\n", re.DOTALL), err="")
        trial.run(program, "--describe", "zsh", out=re.compile(r"#compdef understudy.*", re.DOTALL), err="")
        trial.run(program, "--describe", "fish", code=2, err="'fish'.*man.*bash.*zsh")
        trial.run(program, "--describe", code=2, err=r"\S")


def case_passes_arguments_and_output_on(trial):
    trial.run("", "consent", "new", "--subject", "A name  with 'marks'", "--role", "likeness", "--basis", "self",
              "-o", "a record.toml", out="a record.toml\n", err="")
    trial.run("", "consent", "check", "a record.toml", err="",
              out=re.compile("a record.toml: valid for the likeness A name  with 'marks', under .*\n"))


def case_passes_exit_codes_on(trial):
    trial.run("", "align", "x", "--colour", code=2, err="understudy-align: .*--colour")
    trial.run("", "align", "nothing", code=3, err="understudy-align: .*nothing")
    trial.run("", "consent", "check", trial.consent("ada"), "--role", "performer", code=7, err="consent_scope")

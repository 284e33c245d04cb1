#!/usr/bin/env python3
"""Makes the Debian packages of a build, installs them into an empty folder, and uses what is there.

    run.py --build DIR --data DIR

The folder is dpkg's root: no package of this machine is changed. That the packages' dependencies can be had is asked of this
machine's own packages; package_on_bare_debian.sh lets apt install them on a bare Debian.
"""

import argparse
import gzip
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PLACES = None  # the arguments
PROGRAMS = ["extract", "align", "train", "convert", "merge", "faces", "cast", "consent", "verify", "evaluate", "export", "plan"]


def output(*command, **options):
    """What a command prints; a failure shows all of it."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))} exits with {done.returncode}:\n{done.stdout}")
    return done.stdout


def field(package, name):
    return output("dpkg-deb", "--field", package, name).strip()


def installed_versions():
    """Of each package here, and "" of each name that is only provided."""
    listed = output("dpkg-query", "-W", "-f", "${db:Status-Status}|${Package}|${Version}|${Provides}\n")
    versions = {}
    for status, name, version, provides in (line.split("|") for line in listed.splitlines()):
        if status == "installed":
            versions[name] = version
            for provided in filter(None, re.sub(r"\([^)]*\)", "", provides).replace(" ", "").split(",")):
                versions.setdefault(provided, "")
    return versions


def is_met(dependency, versions):
    """Of "NAME (>= VERSION) | OTHER", whether one is installed here."""
    for alternative in dependency.split("|"):
        name, relation, wanted = re.fullmatch(r"\s*([^\s(]+)(?:\s*\((\S+)\s+([^)]+)\))?\s*", alternative).groups()
        if name not in versions:
            continue
        if not relation or subprocess.run(["dpkg", "--compare-versions", versions[name], relation, wanted], check=False).returncode == 0:
            return True
    return False


class PackageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = pathlib.Path(tempfile.mkdtemp(prefix="understudy-package-"))
        cls.addClassCleanup(shutil.rmtree, cls.scratch)
        output("cpack", "--config", PLACES.build / "CPackConfig.cmake", "-B", cls.scratch, cwd=PLACES.build)
        cls.packages = sorted(cls.scratch.glob("*.deb"))
        cls.programs = next(path for path in cls.packages if path.name.startswith("understudy_"))
        cls.root = cls.scratch / "root"
        (cls.root / "var/lib/dpkg").mkdir(parents=True)
        (cls.root / "var/lib/dpkg/status").touch()
        # The folder lacks all dependencies and dpkg's own tools; the files and their conflicts are what counts.
        output("dpkg", f"--root={cls.root}", "--force-depends", "--force-not-root", "--install", *cls.packages)
        cls.bin = cls.root / "usr/bin"
        cls.share = cls.root / "usr/share"

    def test_dependencies_can_be_had(self):
        versions = installed_versions()
        for package in self.packages:
            dependencies = field(package, "Depends").split(", ")
            self.assertGreater(len(dependencies), 10, package.name)
            self.assertEqual([one for one in dependencies if not is_met(one, versions)], [], package.name)
        self.assertIn("libdlib-data", field(self.programs, "Depends"))

    def test_a_dependency_that_nobody_has_is_noticed(self):
        versions = installed_versions()
        self.assertFalse(is_met("libc6 (>= 999)", versions))
        self.assertFalse(is_met("understudy-none | libc6 (<< 1)", versions))
        self.assertTrue(is_met("understudy-none | libc6 (>= 2)", versions))

    def test_control_says_what_it_is(self):
        self.assertEqual([field(package, "Package") for package in self.packages], ["understudy-dev", "understudy"])
        for package in self.packages:
            self.assertRegex(field(package, "Maintainer"), r"^[^<]+ <\S+@\S+>$")
            self.assertRegex(field(package, "Description"), r"^batch face replacement[^\n.]*\n [A-Z].{40}")

    def test_programs_are_stripped_and_look_for_no_libraries_of_a_build(self):
        for name in ["understudy", *(f"understudy-{name}" for name in PROGRAMS)]:
            shown = output("readelf", "--wide", "--sections", "--dynamic", self.bin / name)
            self.assertNotRegex(shown, r"\.symtab|RPATH|RUNPATH", name)

    def test_nothing_names_the_build_folder(self):
        for path in self.root.glob("usr/**/*"):
            if path.is_file() and path.suffix in (".cmake", ".h", ".md", ".sh", ""):
                self.assertNotIn(str(PLACES.build).encode(), path.read_bytes(), path)

    def test_programs_run(self):
        version = field(self.programs, "Version")
        for name in PROGRAMS:
            self.assertEqual(output(self.bin / f"understudy-{name}", "--version"), f"understudy-{name} {version}\n")
            self.assertEqual(output(self.bin / "understudy", name, "--version"), f"understudy-{name} {version}\n")
        stats = output(self.bin / "understudy-faces", "stats", PLACES.data / "dataset-v1")
        self.assertIn("2 in 3 frames", stats)

    def test_a_shot_is_extracted_with_the_detector_that_came_along(self):
        shown = output(self.bin / "understudy-extract", PLACES.data / "cast/ada.mp4", "-o", self.scratch / "ada", "--consent",
                       PLACES.data / "dataset-v1/consent.toml", "--detector", "understudy", "--frames", "0-2")
        self.assertIn(str(self.scratch / "ada"), shown)

    def test_every_program_has_a_manual_page_without_mistakes(self):
        for name in ["understudy", *(f"understudy-{name}" for name in PROGRAMS)]:
            page = gzip.decompress((self.share / f"man/man1/{name}.1.gz").read_bytes())
            done = subprocess.run(["groff", "-man", "-ww", "-Tascii", "-P-c"], input=page, capture_output=True, check=True)
            self.assertEqual(done.stderr, b"", name)
            shown = re.sub(".\b", "", done.stdout.decode())
            for heading in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "SEE ALSO"]:
                self.assertRegex(shown, rf"(?m)^{heading}$", name)
            if shutil.which("mandoc"):
                found = subprocess.run(["mandoc", "-T", "lint", "-W", "warning"], input=page, capture_output=True, check=False).stdout.decode()
                self.assertEqual([line for line in found.splitlines() if "missing date" not in line], [], name)

    def test_a_manual_page_says_all_that_the_help_says(self):
        for name in PROGRAMS:
            page = gzip.decompress((self.share / f"man/man1/understudy-{name}.1.gz").read_bytes()).decode().replace("\\", "")
            shown = output(self.bin / f"understudy-{name}", "--help")
            options = re.findall(r"^ +(?:-\w,)?(--[a-z-]+)", shown, re.M)
            self.assertGreater(len(options), 5, name)
            for option in options:
                self.assertIn(f"fB{option}fR", page, name)
            for choice, meaning in re.findall(r"^ {32}([a-z0-9-]+): (.*)", shown, re.M):
                self.assertIn(f"fB{choice}fR\n{meaning}\n", page, name)

    def test_bash_completes(self):
        output("bash", HERE / "completions.bash", self.share / "bash-completion/completions")

    def test_zsh_completes(self):
        folder = self.share / "zsh/vendor-completions"
        for file in sorted(folder.iterdir()):
            output("zsh", "-n", file)
        output("zsh", HERE / "completions.zsh", folder, stdin=subprocess.DEVNULL, timeout=120)

    def test_a_project_of_somebody_else_links_to_it(self):
        build = self.scratch / "consumer"
        output("cmake", "-S", HERE / "consumer", "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
               f"-DCMAKE_PREFIX_PATH={self.root}/usr", "-DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF")
        output("cmake", "--build", build)
        self.assertEqual(output(build / "consumer", PLACES.data / "dataset-v1", PLACES.data / "model-v1"),
                         "1-9x2 holds 3: 1, 4: 0\nlikeness of 10 frames\nface of frame 0: 68 landmarks\n"
                         "face of frame 1: 68 landmarks\na swapped face of 32 pixels\n")
        self.assertIn("2 in 3 frames", output(build / "consumer-faces", PLACES.data / "dataset-v1"))


def main():
    global PLACES
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True, help="folder of the build")
    parser.add_argument("--data", type=pathlib.Path, required=True, help="tests/data")
    PLACES, rest = parser.parse_known_args()
    PLACES.build, PLACES.data = PLACES.build.resolve(), PLACES.data.resolve()
    os.environ["OMP_NUM_THREADS"] = "2"
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()

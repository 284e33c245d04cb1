#!/usr/bin/env python3
"""Reads every #include in lib/ and tools/ and fails on an arrow that the architecture does not draw.

    include_order.py ROOT          exit code 1 and a line for each wrong include
    include_order.py --self-test   plants wrong includes in a small tree and expects each to be found
"""

import re
import sys
import tempfile
from pathlib import Path

# Which rooms a room may include, besides itself.
LEAVES = ("media", "dataset", "vision", "model", "compose", "provenance")
ROOMS = {
    "core": set(),
    "face": {"core"},
    "media": {"core", "face", "provenance"},
    "dataset": {"core", "face", "provenance"},
    "vision": {"core", "face"},
    "model": {"core"},  # builds with libtorch alone, face/ needs OpenCV
    "compose": {"core", "face"},
    "provenance": {"core", "face"},
    "stages": {"core", "face", *LEAVES},
    "cli": {"core", "face", "stages", *LEAVES},
    "tools": {"core", "face", "stages", "cli", *LEAVES},
}

# A library: its headers, the files that may include them, and whether "include" counts through our own headers too.
SHARED_TORCH_HEADER = "stages/aligned_faces.h"
LIBRARIES = (
    ("libtorch", r"(torch|c10|ATen)/", rf"model/.*|stages/.*\.cpp|{SHARED_TORCH_HEADER}", True),
    ("FFmpeg and OpenImageIO", r"(lib(av|sw)\w+|OpenImageIO)/", r"media/.*", True),
    ("CLI11", r"CLI/", r"(cli|tools)/.*", True),
    ("spdlog", r"spdlog/", r"core/log\.cpp", True),
    ("OpenSSL", r"openssl/", r"(core|provenance)/.*\.cpp", True),
    ("toml++", r"toml\+\+/", r"(core/toml\.cpp|(provenance|cli)/.*\.cpp)", True),
    ("dlib", r"dlib/", r"vision/.*", True),
    ("oneDNN", r"(oneapi/)?dnnl", r"vision/own_network\.cpp", True),
    ("libdeflate", r"libdeflate", r"dataset/(png_pixels|quick_deflate)\.cpp", True),
    ("OpenCV", r"opencv2/", r"(face|media|dataset|vision|compose|stages|provenance/watermark)/.*|tools/.*\.cpp", False),
)

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
STAGE_FUNCTION = re.compile(r"^Outcome\s+\w+\(", re.MULTILINE)
OWN = "understudy/"


class Tree:
    """Files by their name below lib/understudy ("core/error.h") or "tools/x.cpp", with what they include."""

    def __init__(self, root):
        self.texts = {}
        for folder, prefix in ((root / "lib" / "understudy", ""), (root / "tools", "tools/")):
            for path in sorted(folder.rglob("*")):
                if path.suffix in (".h", ".cpp"):
                    self.texts[prefix + path.relative_to(folder).as_posix()] = path.read_text(encoding="utf-8")
        self.includes = {name: INCLUDE.findall(text) for name, text in self.texts.items()}

    def own_includes(self, name):
        return [header[len(OWN):] for header in self.includes.get(name, []) if header.startswith(OWN)]

    def reached(self, name):
        """Own headers that `name` includes, those that they include, and so on."""
        found, open_names = set(), [name]
        while open_names:
            for header in self.own_includes(open_names.pop()):
                if header not in found:
                    found.add(header)
                    open_names.append(header)
        return found


def room_problems(tree):
    for name in tree.texts:
        room = name.split("/")[0]
        if room not in ROOMS:
            yield f"{name}: '{room}' is no room of the architecture"
            continue
        for header in tree.own_includes(name):
            other = header.split("/")[0]
            if other != room and other not in ROOMS[room]:
                yield f"{name}: includes {header}, but {room} may not know {other}"
            if header not in tree.texts:
                yield f"{name}: includes {header}, which is not there"


def stage_problems(tree):
    stages = {name for name, text in tree.texts.items()
              if name.startswith("stages/") and name.endswith(".h") and STAGE_FUNCTION.search(text)}
    for name in tree.texts:
        if not name.startswith("stages/"):
            continue
        stem = Path(name).stem
        for header in tree.own_includes(name):
            own = stem == Path(header).stem or stem.startswith(Path(header).stem + "_")
            if header in stages and not own:
                yield f"{name}: includes the stage {header}; stages meet on disk only"


def library_problems(tree):
    for library, pattern, allowed, through in LIBRARIES:
        headers = re.compile(pattern)
        direct = {name for name, includes in tree.includes.items() if any(headers.match(h) for h in includes)}
        for name in sorted(tree.texts):
            if re.fullmatch(allowed, name):
                continue
            if name in direct:
                yield f"{name}: includes a header of {library}"
            elif through:
                for header in sorted(tree.reached(name) & direct):
                    yield f"{name}: includes a header of {library} through {header}"
    for name in tree.texts:
        if name.endswith(".h") and SHARED_TORCH_HEADER in tree.own_includes(name):
            yield f"{name}: a header includes {SHARED_TORCH_HEADER}, which brings libtorch with it"


def problems_of(root):
    tree = Tree(root)
    if not tree.texts:
        return [f"{root}: no sources below lib/understudy and tools"]
    return sorted({*room_problems(tree), *stage_problems(tree), *library_problems(tree)})


GOOD_TREE = {
    "core/error.h": "#include <string>",
    "core/log.cpp": "#include <spdlog/spdlog.h>",
    "face/box.h": '#include <opencv2/core.hpp>\n#include "understudy/core/error.h"',
    "provenance/consent.h": '#include "understudy/core/error.h"',
    "dataset/record.h": '#include "understudy/face/box.h"\n#include "understudy/provenance/consent.h"',
    "media/ffmpeg.h": "#include <libavutil/frame.h>",
    "media/source.h": '#include "understudy/face/box.h"',
    "media/source.cpp": '#include "understudy/media/ffmpeg.h"',
    "vision/own_network.h": "#include <string>",
    "vision/own_network.cpp": "#include <oneapi/dnnl/dnnl.hpp>",
    "model/faces.h": "#include <torch/types.h>",
    "model/names.h": "#include <string>",
    "compose/blend.h": '#include "understudy/face/box.h"',
    "stages/common.h": '#include "understudy/core/error.h"',
    "stages/aligned_faces.h": '#include "understudy/model/faces.h"',
    "stages/train.h": '#include "understudy/stages/common.h"\nOutcome train(const TrainOptions& options, Run& run);',
    "stages/train.cpp": '#include "understudy/stages/train.h"\n#include "understudy/stages/aligned_faces.h"',
    "stages/train_loop.cpp": '#include "understudy/stages/train.h"',
    "stages/merge.h": "Outcome merge(const MergeOptions& options, Run& run);",
    "cli/tool.h": '#include <CLI/CLI.hpp>\n#include "understudy/stages/common.h"',
    "tools/train.cpp": '#include "understudy/stages/train.h"\n#include "understudy/cli/tool.h"\n#include "understudy/model/names.h"',
}

BAD_INCLUDES = (
    ("core/error.h", "understudy/face/box.h"),
    ("face/box.h", "understudy/dataset/record.h"),
    ("dataset/record.h", "understudy/media/source.h"),
    ("media/source.h", "understudy/dataset/record.h"),
    ("provenance/consent.h", "understudy/dataset/record.h"),
    ("model/names.h", "understudy/face/box.h"),
    ("model/names.h", "opencv2/core.hpp"),
    ("compose/blend.h", "understudy/model/names.h"),
    ("stages/common.h", "understudy/cli/tool.h"),
    ("cli/tool.h", "understudy/tools/train.h"),
    ("core/error.h", "understudy/core/none.h"),
    ("stages/train.cpp", "understudy/stages/merge.h"),
    ("stages/merge.h", "understudy/stages/train.h"),
    ("stages/train.h", "torch/torch.h"),
    ("stages/train.h", "understudy/model/faces.h"),
    ("stages/train.h", "understudy/stages/aligned_faces.h"),
    ("compose/blend.h", "torch/types.h"),
    ("tools/train.cpp", "understudy/model/faces.h"),
    ("stages/train.cpp", "libavformat/avformat.h"),
    ("stages/train.cpp", "understudy/media/ffmpeg.h"),
    ("stages/merge.h", "OpenImageIO/imageio.h"),
    ("stages/common.h", "CLI/CLI.hpp"),
    ("core/error.h", "spdlog/spdlog.h"),
    ("dataset/record.h", "openssl/evp.h"),
    ("dataset/record.h", "libdeflate.h"),
    ("vision/own_network.h", "oneapi/dnnl/dnnl.hpp"),
)


def write_tree(root, files):
    for name, text in files.items():
        path = root / name if name.startswith("tools/") else root / "lib" / "understudy" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")


def self_test():
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        write_tree(Path(folder), GOOD_TREE)
        failures += [f"the good tree: {problem}" for problem in problems_of(Path(folder))]
    for name, header in BAD_INCLUDES:
        with tempfile.TemporaryDirectory() as folder:
            write_tree(Path(folder), {**GOOD_TREE, name: f'{GOOD_TREE[name]}\n#include "{header}"'})
            if not any(problem.startswith(name + ":") for problem in problems_of(Path(folder))):
                failures.append(f"{name} may include {header} and nobody notices")
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

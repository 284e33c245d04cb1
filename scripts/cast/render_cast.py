"""Renders people who do not exist, with ground truth. Run inside Blender; --help lists the options.

    blender -b --python-exit-code 1 -P render_cast.py -- --identity ada --scene studio --out ada
"""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

try:
    from synthetic_cast.command_line import main
except ModuleNotFoundError as error:
    if error.name != "numpy":
        raise
    print(f"error: numpy for {sys.executable} is missing. "
          "On Debian: apt-get install python3-numpy python3-opencv", file=sys.stderr)
    sys.exit(5)

if __name__ == "__main__":
    options_start = sys.argv.index("--") + 1 if "--" in sys.argv else 1
    sys.exit(main(sys.argv[options_start:]))

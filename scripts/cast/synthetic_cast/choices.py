"""Turns what the user names into identities, performances, scenes and frame numbers."""
import json

from synthetic_cast.errors import MISSING_INPUT, WRONG_FORMAT, WRONG_USAGE, CastError
from synthetic_cast.identities import IDENTITIES, random_identity
from synthetic_cast.performances import PERFORMANCES, make_performance
from synthetic_cast.scenes import SCENES


def frame_numbers(text, count):
    """Returns the frame numbers that a text such as "all" or "0,10-19" names among count frames."""
    if text == "all":
        return range(count)
    numbers = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        if not first.isdigit() or (last and not last.isdigit()):
            raise CastError(WRONG_USAGE, f"--frames '{text}' is not understood; write all, 7 or 0,10-19.")
        numbers += range(int(first), int(last or first) + 1)
    if not numbers or max(numbers) >= count:
        raise CastError(WRONG_USAGE,
                        f"--frames '{text}' does not fit the performance, which has frames 0-{count - 1}.")
    return numbers


def pick_identity(name):
    """Returns the identity of that name, of seed:N, or in a JSON file."""
    if name.startswith("seed:"):
        if not name[5:].isdigit():
            raise CastError(WRONG_USAGE, f"The identity '{name}' needs a number, such as seed:7.")
        return random_identity(int(name[5:]))
    return _pick("identity", IDENTITIES, name)


def pick_performance(name):
    """Returns the frames of the performance of that name, or in a JSON file."""
    frames = make_performance(_pick("performance", PERFORMANCES, name))
    if not frames:
        raise CastError(WRONG_FORMAT, f"The performance '{name}' has no frames.")
    return frames


def pick_scene(name):
    """Returns the scene of that name, or in a JSON file."""
    return _pick("scene", SCENES, name)


def _pick(kind, table, name):
    if name in table:
        return table[name]
    if not name.endswith(".json"):
        raise CastError(WRONG_USAGE,
                        f"There is no {kind} '{name}'; choose one of {', '.join(table)} or a .json file.")
    try:
        with open(name, encoding="utf-8") as file:
            picked = json.load(file)
    except OSError as error:
        raise CastError(MISSING_INPUT, f"The {kind} '{name}' cannot be read: {error}") from error
    except ValueError as error:
        raise CastError(WRONG_FORMAT, f"The {kind} '{name}' is not JSON: {error}") from error
    example = next(iter(table.values()))
    if kind == "performance" and isinstance(picked, list):
        first = make_performance(example)[0]
        example = [{key: value for key, value in first.items() if not key.startswith("gaze_")}]
    lacking = _lacking(example, picked)
    if lacking:
        raise CastError(WRONG_FORMAT, f"The {kind} '{name}' lacks {', '.join(lacking)}.")
    return picked


def _lacking(example, value, place=""):
    """What the value lacks against the example: keys, lists or numbers; `morphs` and `ethnic` are free."""
    if isinstance(example, dict):
        if not isinstance(value, dict):
            return ["an object" + _at(place)]
        if place in ("morphs", "ethnic"):
            return []
        absent = [f"{place}.{key}".lstrip(".") for key in example if key not in value]
        return absent + [missing for key in example if key in value
                         for missing in _lacking(example[key], value[key], f"{place}.{key}".lstrip("."))]
    if isinstance(example, (list, tuple)):
        length = len(example) if isinstance(example, tuple) else 0
        if not isinstance(value, list) or (length and len(value) != length):
            return [(f"a list of {length}" if length else "a list") + _at(place)]
        return [missing for i, item in enumerate(value)
                for missing in _lacking(example[0], item, f"{place}[{i}]")]
    if isinstance(example, str) != isinstance(value, str) or not isinstance(value, (str, int, float)):
        return [("a text" if isinstance(example, str) else "a number") + _at(place)]
    return []


def _at(place):
    return f" at {place}" if place else ""

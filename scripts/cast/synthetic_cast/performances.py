"""What a person does: head turns, speech-like mouth, blinks and gaze, per frame.

To add one: copy an entry of PERFORMANCES (yaw, pitch and roll are the swings in degrees), or pass
--performance a JSON file that holds either such a dict or a list of frames as make_performance returns it.
"""
import numpy as np

PERFORMANCES = {
    "ada": {"seed": 11, "frames": 60, "fps": 24, "yaw": 34, "pitch": 12, "roll": 6},
    "bruno": {"seed": 23, "frames": 60, "fps": 24, "yaw": 35, "pitch": 14, "roll": 5},
}

UNIT_FOLDER = "expression/units/caucasian/"


def make_performance(performance):
    """Returns one dict per frame: pose and gaze in degrees, expression weights 0..1 (brow -0.35..0.6).

    A frame of a list may also hold `morphs`: names below UNIT_FOLDER with their strengths, for what has no weight.
    """
    if isinstance(performance, list):
        return performance
    rng = np.random.RandomState(performance["seed"])
    count = int(performance["frames"])
    if count < 1:
        return []
    seconds = np.arange(count) / performance["fps"]
    progress = np.arange(count) / max(count - 1, 1)
    phase = rng.rand(6) * 2 * np.pi
    yaw, pitch, roll = _head_turns(performance, rng, seconds, progress, phase)
    jaw, purse, wide = _speech(rng, seconds)
    blink = _blinks(seconds)
    smile = np.clip(0.25 + 0.45 * np.sin(2 * np.pi * progress + phase[4]), 0, 1)
    brow = np.clip(0.55 * np.sin(2 * np.pi * 1.3 * progress + phase[5]), -0.35, 0.6)
    return [
        {
            "yaw": float(yaw[i]), "pitch": float(pitch[i]), "roll": float(roll[i]),
            "jaw": float(jaw[i]), "purse": float(purse[i]), "wide": float(wide[i]),
            "smile": float(smile[i]),
            "blink_l": float(min(blink[i], 1)), "blink_r": float(min(blink[i], 1)),
            "brow": float(brow[i]),
            "gaze_yaw": float(-0.45 * yaw[i]), "gaze_pitch": float(-0.4 * pitch[i]),
        }
        for i in range(count)
    ]


def _head_turns(performance, rng, seconds, progress, phase):
    fade = np.clip(np.minimum(progress, 1 - progress) / 0.06, 0, 1)
    swing = performance["yaw"] * np.sin(2 * np.pi * progress) * fade
    yaw = swing + 1.2 * np.sin(2 * np.pi * 0.9 * seconds + phase[0])
    yaw = np.clip(yaw * (1 if rng.rand() < 0.5 else -1), -performance["yaw"], performance["yaw"])
    pitch = performance["pitch"] * np.sin(2 * np.pi * 1.5 * progress + phase[1]) * 0.9
    pitch = pitch + 1.0 * np.sin(2 * np.pi * 1.6 * seconds + phase[2])
    roll = performance["roll"] * np.sin(2 * np.pi * 0.8 * progress + phase[3])
    return yaw, pitch, roll


def _speech(rng, seconds):
    """Syllables at about 4.5 Hz with short pauses: jaw opening, pursed and widened lips."""
    jaw, purse, wide = (np.zeros(len(seconds)) for _ in range(3))
    start = 0.12
    while start < seconds[-1] - 0.05:
        length = rng.uniform(0.16, 0.26)
        bump = np.exp(-0.5 * ((seconds - start) / (length * 0.33)) ** 2)
        jaw = np.maximum(jaw, rng.uniform(0.35, 1.0) * bump)
        if rng.rand() < 0.4:
            purse = np.maximum(purse, rng.uniform(0.4, 0.9) * bump)
        elif rng.rand() < 0.5:
            wide = np.maximum(wide, rng.uniform(0.3, 0.8) * bump)
        start += length + (0.28 if rng.rand() < 0.15 else 0)
    return jaw, purse, wide


def _blinks(seconds):
    blink = np.zeros(len(seconds))
    for moment in (0.22, 0.71):
        bump = np.exp(-0.5 * ((seconds - seconds[-1] * moment) / 0.055) ** 2) * 1.15
        blink = np.maximum(blink, bump)
    return blink


def expression_morphs(frame):
    """Returns the (morph, strength) list that shows the expression weights of a frame."""
    morphs = [
        ("mouth-open", 0.30 * frame["jaw"] + 0.004),
        ("mouth-part-later", 0.10 * frame["jaw"]),
        ("mouth-pursing", 0.55 * frame["purse"]),
        ("mouth-retraction", 0.55 * frame["wide"]),
        ("mouth-corner-puller", 0.62 * frame["smile"]),
        ("eye-left-slit", 0.15 * frame["smile"]),
        ("eye-right-slit", 0.15 * frame["smile"]),
    ]
    brow = frame["brow"]
    for side in ("left", "right"):
        if brow > 0:
            morphs += [(f"eyebrows-{side}-up", 0.9 * brow), (f"eyebrows-{side}-inner-up", 0.4 * brow)]
        else:
            morphs.append((f"eyebrows-{side}-down", -0.9 * brow))
        morphs.append((f"eye-{side}-closure", frame["blink_" + side[0]]))
    morphs += frame.get("morphs", {}).items()
    return [(UNIT_FOLDER + name, strength) for name, strength in morphs if abs(strength) > 1e-4]

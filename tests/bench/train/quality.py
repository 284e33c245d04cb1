#!/usr/bin/env python3
"""Whether the faces get better with our training as fast as with a plain one: PSNR on held-out faces of the sample after the same time.

    tests/bench/train/quality.py --bin build/bench/bin [--minutes 3] [--threads 2] [--python /usr/bin/python3]

One preset, one network and one set of losses for both, all but the head's outline and the other person's light, which serve the swap
alone. The reference is reference.py's network with AdamW and random affine maps and warps of each face, in plain Python; --learn is how
this script calls itself for it. Exits with 1 when ours is behind by more than half a decibel.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import cv2
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
SAMPLE = HERE.parents[1] / "data" / "cast"
PRESET = """from = "sketch"
[training]
fit_outline = false
[training.augment]
bend_min = 0.0
bend_max = 0.0
mix = 0.0
relight = 0.0
"""
HELD_OUT, LEARNED = "2-59x5", "0-59x5,1-59x5,3-59x5,4-59x5"
ALLOWED_DB = 0.5


class Faces:
    """Aligned faces of a dataset, cut to what the network sees."""

    def __init__(self, folder, crop, pictures="align"):
        names = sorted(path for path in folder.glob(f"{pictures}/*/*/*.png") if not path.stem.endswith(".mask"))
        self.names = [path.stem for path in names]
        self.crop = crop
        self.images = [cv2.imread(str(path)).astype(np.float32) / 255 for path in names]
        self.masks = [cv2.imread(str(path.with_suffix(".mask.png")), cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255 for path in names]

    def cut(self, picture, px, change=np.eye(3)):
        """A square of px pixels; `change` maps -1..1 of the square to where it looks."""
        side = picture.shape[0]
        window = np.array([[self.crop["window_side"], 0, 0], [0, self.crop["window_side"], 2 * self.crop["window_down"]], [0, 0, 1]])
        pixel = np.array([[2 / px, 0, 1 / px - 1], [0, 2 / px, 1 / px - 1], [0, 0, 1]])
        source = np.array([[side / 2, 0, side / 2 - 0.5], [0, side / 2, side / 2 - 0.5], [0, 0, 1]])
        return cv2.warpAffine(picture, (source @ window @ change @ pixel)[:2], (px, px), flags=cv2.INTER_AREA | cv2.WARP_INVERSE_MAP,
                              borderMode=cv2.BORDER_REPLICATE)

    def small(self):
        """The pictures in half, so that a bilinear look at them leaves nothing out."""
        self.images = [cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for image in self.images]
        self.masks = [cv2.resize(mask, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for mask in self.masks]
        return self


def psnr(made, true, mask):
    """Inside the mask."""
    error = ((made - true) ** 2).mean(2)
    return -10 * np.log10((error * mask).sum() / mask.sum())


def mean_psnr(made, held, px):
    """`made`: pictures of px pixels in the order of the held-out faces."""
    scores = []
    for picture, image, mask in zip(made, held.images, held.masks):
        scores.append(psnr(picture, held.cut(image, px), held.cut(mask, px)))
    return float(np.mean(scores))


def drawn_change(draw, rotation_deg, scale, shift):
    angle, size = np.deg2rad(draw.uniform(-rotation_deg, rotation_deg)), 1 + draw.uniform(-scale, scale)
    x, y = draw.uniform(-2 * shift, 2 * shift, 2)
    cosine, sine = size * np.cos(angle), size * np.sin(angle)
    return np.array([[cosine, -sine, x], [sine, cosine, y], [0, 0, 1]])


def batch_of(faces, draw, count, network, augment):
    import torch
    inputs, targets, masks = [], [], []
    for i in draw.integers(len(faces.images), size=count):
        both = drawn_change(draw, augment["rotation_deg"], augment["scale"], augment["shift"])
        own = drawn_change(draw, augment["input_rotation_deg"], augment["input_scale"], augment["input_shift"])
        picture = faces.cut(faces.images[i], network["input_px"], both @ own)
        warp = draw.normal(size=(5, 5, 2)).astype(np.float32) * augment["warp"] * network["input_px"]
        places = cv2.resize(warp, picture.shape[:2], interpolation=cv2.INTER_CUBIC)
        places += np.stack(np.meshgrid(*2 * [np.arange(network["input_px"], dtype=np.float32)]), 2)
        inputs.append(cv2.remap(picture, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))
        targets.append(faces.cut(faces.images[i], network["output_px"], both))
        masks.append(faces.cut(faces.masks[i], network["output_px"], both)[..., None])
    return [torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous() for pictures in (inputs, targets, masks)]


def learn(work, minutes, threads):
    """The reference: trains for that long and prints its score."""
    import torch
    from reference import Losses, Network
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    model = json.loads((work / "model" / "model.json").read_text())
    sizes, training = model["network"], model["training"]
    network, losses = Network(sizes), Losses(training)
    sides = [Faces(work / name, model["crop"]).small() for name in ("likeness", "performer")]
    optimizer = torch.optim.AdamW(network.parameters(), lr=training["learning_rate"], betas=(training["beta1"], training["beta2"]),
                                  weight_decay=training["weight_decay"])
    draw, start, steps, part = np.random.default_rng(1), time.perf_counter(), 0, 0.0
    while part < 1:
        batches = [batch_of(faces, draw, training["batch"], sizes, training["augment"]) for faces in sides]
        answers = network(torch.cat([inputs for inputs, _, _ in batches]))
        loss = sum(losses(answer, targets, masks) for answer, (_, targets, masks) in zip(answers, batches))
        cosine = (1 + np.cos(np.pi * part)) / 2
        optimizer.param_groups[0]["lr"] = training["learning_rate"] * (training["final_rate"] + (1 - training["final_rate"]) * cosine)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), training["clip_norm"])
        optimizer.step()
        steps, part = steps + 1, (time.perf_counter() - start) / (60 * minutes)
    held = Faces(work / "held", model["crop"])
    with torch.no_grad():
        inputs = np.stack([held.cut(image, sizes["input_px"]) for image in held.images])
        codes = torch.from_numpy(inputs).permute(0, 3, 1, 2)
        made = network(torch.cat([codes, codes]))[0][0].permute(0, 2, 3, 1).numpy()
    print(json.dumps({"steps": steps, "psnr_db": mean_psnr(made, held, sizes["output_px"])}))


def call(*command, **more):
    return subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True, **more).stdout


def make_datasets(program, work):
    for person, role, name, frames in (("ada", "likeness", "likeness", LEARNED), ("ada", "performer", "held", HELD_OUT),
                                       ("bruno", "performer", "performer", LEARNED)):
        record = work / f"{name}.toml"
        call(program("consent"), "new", "--subject", person, "--role", role, "--basis", "synthetic", "--use", "benchmark", "-o", record)
        call(program("extract"), SAMPLE / f"{person}.mp4", "--frames", frames, "-o", work / name, "--consent", record, "--quiet")
        call(program("align"), work / name, "--quiet")


def ours(program, work, minutes, threads):
    (work / "quality.toml").write_text(PRESET)
    call(program("train"), "--likeness", work / "likeness", "--performer", work / "performer", "-m", work / "model", "--preset",
         work / "quality.toml", "--minutes", minutes, "--threads", threads, "--preview-every", 0, "--save-minutes", 60, "--quiet",
         "--report", work / "report.json")
    call(program("convert"), work / "held", "-m", work / "model", "--quiet")
    model = json.loads((work / "model" / "model.json").read_text())
    held, made = Faces(work / "held", model["crop"]), Faces(work / "held", model["crop"], "convert/swap")
    if made.names != held.names:
        sys.exit(f"converted {len(made.names)} of {len(held.names)} held-out faces")
    px = model["network"]["output_px"]
    return {"steps": model["iteration"], "psnr_db": mean_psnr([made.cut(image, px) for image in made.images], held, px)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--python", default="/usr/bin/python3", help="one that has PyTorch")
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--learn", type=pathlib.Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.learn:
        return learn(args.learn, args.minutes, args.threads)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        make_datasets(lambda name: args.bin / f"understudy-{name}", work)
        own = ours(lambda name: args.bin / f"understudy-{name}", work, args.minutes, args.threads)
        threads = {name: str(args.threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
        plain = json.loads(call(args.python, pathlib.Path(__file__).resolve(), "--bin", args.bin, "--learn", work, "--minutes", args.minutes,
                                "--threads", args.threads, env=os.environ | threads))
    print(f"`sketch` on the sample, {args.minutes:g} minutes each, {args.threads} threads, load before: {load:.1f}\n")
    print("| program | steps | PSNR on held-out faces |\n|---|---|---|")
    for name, result in (("ours", own), ("plain PyTorch", plain)):
        print(f"| {name} | {result['steps']} | {result['psnr_db']:.2f} dB |")
    return 1 if own["psnr_db"] < plain["psnr_db"] - ALLOWED_DB else 0


if __name__ == "__main__":
    sys.exit(main())

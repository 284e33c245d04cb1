"""The same training step written plainly for PyTorch, for run.py: the problem that understudy_train_bench wrote, the same losses, AdamW.

usage: reference.py FOLDER STEPS THREADS MODE [DEVICE]

MODE: eager, channels-last, bf16, compile; bf16-channels-last, bf16-compile. On a GPU a step of STEPS is ten, as in understudy_train_bench.
"""
import contextlib
import json
import pathlib
import struct
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


def read_safetensors(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    tensors = {}
    for name, entry in json.loads(data[8:8 + length]).items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        values = torch.frombuffer(bytearray(data[8 + length + begin:8 + length + end]), dtype=torch.float32)
        tensors[name] = values.view(entry["shape"])
    return tensors


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        y = F.leaky_relu(self.first(x), 0.2)
        return F.leaky_relu(self.second(y) + x, 0.2)


class Up(nn.Module):
    def __init__(self, channels_in, channels):
        super().__init__()
        self.up = nn.Conv2d(channels_in, 4 * channels, 3, padding=1)

    def forward(self, x):
        return F.pixel_shuffle(F.leaky_relu(self.up(x), 0.1), 2)


class Decoder(nn.Module):
    """Doublings, each with a residual block; the picture is doubled once more: `double-resolution`."""

    def __init__(self, channels, widths):
        super().__init__()
        blocks = []
        for width in widths:
            blocks += [Up(channels, width), Residual(width)]
            channels = width
        self.blocks = nn.Sequential(*blocks)
        self.picture = nn.Conv2d(channels, 16, 3, padding=1)

    def forward(self, x):
        picture = torch.sigmoid(F.pixel_shuffle(self.picture(self.blocks(x)), 2).float())
        return picture[:, :3], picture[:, 3:]


class Network(nn.Module):
    """The architecture `df` with the variants `double-resolution` and `flat-inter`."""

    def __init__(self, sizes):
        super().__init__()
        widths = sizes["encoder_channels"]
        self.map_px = sizes["output_px"] >> (len(sizes["decoder_channels"]) + 1)
        self.map_channels = sizes["inter_channels"]
        self.encoder = nn.ModuleList(
            nn.Conv2d(before, after, 5, stride=2, padding=2) for before, after in zip([3] + widths, widths))
        self.code_px = sizes["input_px"] >> len(widths)
        self.code = nn.Linear(self.code_px ** 2 * widths[-1], sizes["code_size"])
        self.map = nn.Linear(sizes["code_size"], self.map_px ** 2 * self.map_channels)
        performer = sizes["performer_channels"] or sizes["decoder_channels"]
        self.likeness = Decoder(self.map_channels, sizes["decoder_channels"])
        self.performer = Decoder(self.map_channels, performer)

    def forward(self, images):
        x = images - 0.5
        for conv in self.encoder:
            x = F.leaky_relu(conv(x), 0.1)
        x = self.map(self.code(x.flatten(1)))
        x = x.view(-1, self.map_channels, self.map_px, self.map_px)
        half = x.shape[0] // 2
        return self.likeness(x[:half]), self.performer(x[half:])


def load_weights(network, tensors):
    """Ours keep channels last in flat codes, and the four sub-pixels before the channels."""
    def shuffled(t):  # outputs: (sub-pixel, channel) to (channel, sub-pixel)
        return t.view(4, t.shape[0] // 4, *t.shape[1:]).transpose(0, 1).reshape(t.shape)

    def unrolled(t, px):  # leading dimension: (row, column, channel) to (channel, row, column)
        return t.view(px * px, -1, *t.shape[1:]).transpose(0, 1).reshape(t.shape)

    state = {}
    for kind in ("weight", "bias"):
        for i in range(len(network.encoder)):
            state[f"encoder.{i}.{kind}"] = tensors[f"encoder.{i}.{kind}"]
        state[f"map.{kind}"] = unrolled(tensors[f"inter.map.{kind}"], network.map_px)
        for side in ("likeness", "performer"):
            for i in range(len(getattr(network, side).blocks) // 2):
                state[f"{side}.blocks.{2 * i}.up.{kind}"] = shuffled(tensors[f"{side}.{i}.up.{kind}"])
                for conv in ("first", "second"):
                    state[f"{side}.blocks.{2 * i + 1}.{conv}.{kind}"] = tensors[f"{side}.{i}.{conv}.{kind}"]
            state[f"{side}.picture.{kind}"] = shuffled(tensors[f"{side}.picture.{kind}"])
    state["code.bias"] = tensors["inter.code.bias"]
    state["code.weight"] = unrolled(tensors["inter.code.weight"].t(), network.code_px).t().contiguous()
    network.load_state_dict(state)


def gaussian_window(channels, size=11, sigma=1.5):
    x = torch.arange(size, dtype=torch.float32) - size // 2
    weights = torch.exp(-x ** 2 / (2 * sigma ** 2))
    weights /= weights.sum()
    return (weights[:, None] * weights[None, :]).expand(channels, 1, size, size).contiguous()


def ssim_map(a, b, window):
    def blurred(x):
        return F.conv2d(x, window, groups=x.shape[1])

    mean_a, mean_b = blurred(a), blurred(b)
    variance_a = blurred(a * a) - mean_a ** 2
    variance_b = blurred(b * b) - mean_b ** 2
    covariance = blurred(a * b) - mean_a * mean_b
    return ((2 * mean_a * mean_b + 1e-4) * (2 * covariance + 9e-4) /
            ((mean_a ** 2 + mean_b ** 2 + 1e-4) * (variance_a + variance_b + 9e-4)))


def weighted_mean(values, weights):
    """Of each face, then of all."""
    weights = weights.expand_as(values)
    return ((values * weights).sum((1, 2, 3)) / (weights.sum((1, 2, 3)) + 1e-6)).mean()


class Losses(nn.Module):
    def __init__(self, training):
        super().__init__()
        self.terms = training["losses"]
        self.outside = training["outside_weight"]
        self.register_buffer("window", gaussian_window(3))

    def forward(self, predicted, target, mask):
        image, predicted_mask = predicted
        if target.shape[2] != image.shape[2]:
            factor = target.shape[2] // image.shape[2]
            target, mask = F.avg_pool2d(target, factor), F.avg_pool2d(mask, factor)
        width = max(3, mask.shape[2] // 12 | 1)
        weights = F.avg_pool2d(F.max_pool2d(mask, width, 1, width // 2), width, 1, width // 2)
        weights = weights * (1 - self.outside) + self.outside
        dssim = (1 - ssim_map(image, target, self.window)) / 2
        return (self.terms["l1"] * weighted_mean((image - target).abs(), weights) +
                self.terms["dssim"] * weighted_mean(dssim, weights[:, :, 5:-5, 5:-5]) +
                self.terms["mask"] * F.mse_loss(predicted_mask, mask))


def main():
    folder, steps, threads, mode = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    device = torch.device(sys.argv[5] if len(sys.argv) > 5 else "cpu")
    torch.set_num_threads(threads)
    torch.backends.cudnn.benchmark = True
    problem = json.loads((folder / "problem.json").read_text())
    tensors = {name: tensor.to(device) for name, tensor in read_safetensors(folder / "problem.safetensors").items()}
    training = problem["training"]
    network, losses = Network(problem["network"]).to(device), Losses(training).to(device)
    load_weights(network, tensors)
    inputs, compiled = tensors["inputs"], mode.endswith("compile")
    if mode.endswith("channels-last") or mode == "bf16-compile":
        network, inputs = network.to(memory_format=torch.channels_last), inputs.to(memory_format=torch.channels_last)
    # Compiled is meant as the best that PyTorch has; plainly written there is no `fused`.
    extra = {"fused": True} if compiled and device.type == "cuda" else {}
    optimizer = torch.optim.AdamW(network.parameters(), lr=training["learning_rate"], betas=(training["beta1"], training["beta2"]),
                                  weight_decay=training["weight_decay"], **extra)
    bf16 = mode.startswith("bf16")

    def loss_of(images, likeness_target, likeness_mask, performer_target, performer_mask):
        with torch.autocast(device.type, dtype=torch.bfloat16) if bf16 else contextlib.nullcontext():
            likeness, performer = network(images)
        likeness, performer = [[part.float() for part in side] for side in (likeness, performer)]
        return losses(likeness, likeness_target, likeness_mask) + losses(performer, performer_target, performer_mask)

    run = torch.compile(loss_of) if compiled else loss_of

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = run(inputs, tensors["targets.0"], tensors["masks.0"], tensors["targets.1"], tensors["masks.1"])
        loss.backward()
        if training["clip_norm"] > 0:
            nn.utils.clip_grad_norm_(network.parameters(), training["clip_norm"])
        optimizer.step()
        return loss

    values, seconds, look = [], [], 10 if device.type == "cuda" else 1
    cpu_start = time.process_time()
    for _ in range(steps):
        start = time.perf_counter()
        for _ in range(look):
            loss = step()
        values.append(loss.item())
        if device.type == "cuda":
            torch.cuda.synchronize()
        seconds.append((time.perf_counter() - start) / look)
    print(json.dumps({"losses": values, "seconds": seconds, "cpu_seconds": (time.process_time() - cpu_start) / (steps * look),
                      "torch": torch.__version__}))


if __name__ == "__main__":
    main()

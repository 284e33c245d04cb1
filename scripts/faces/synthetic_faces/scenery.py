"""Painted pictures without faces: grounds, and clutter that a detector might take for faces.

Pictures are HxWx3 float32, BGR, 0..1 in display space, and are painted in place. To add clutter: a function of
(draw, noise, picture) and its name in CLUTTER; noise is a numpy RandomState.
"""
import math
import string

import cv2
import numpy as np

WIDTH, HEIGHT = 512, 288
FONTS = [cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_SCRIPT_COMPLEX]
LETTERS = string.ascii_letters + string.digits + "   .,:!"
SUBPIXELS = 4  # as bits: OpenCV draws at sixteenths of a pixel


def ground(draw, noise):
    """Returns a picture that something may stand before."""
    return draw.choice(GROUNDS)(draw, noise)


def _colour(draw):
    grey, saturation = draw.random(), draw.random() ** 2
    return np.clip([grey + saturation * (draw.random() - grey) + draw.gauss(0, 0.03) for _ in range(3)], 0, 1)


def _skin(draw):
    dark = draw.random() ** 1.3
    light, deep = np.array((0.66, 0.75, 0.92)), np.array((0.10, 0.13, 0.20))
    return np.clip((light * (1 - dark) + deep * dark) * [draw.uniform(0.9, 1.1) for _ in range(3)], 0, 1)


def octaves(draw, noise, coarsest, count, height=HEIGHT, width=WIDTH):
    """Returns HxW noise 0..1 of several octaves."""
    out, weight = np.zeros((height, width), np.float32), 1.0
    for octave in range(count):
        cells = coarsest * 2 ** octave
        grid = noise.rand(max(2, round(cells * height / width)), max(2, cells)).astype(np.float32)
        out += weight * cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        weight *= draw.uniform(0.4, 0.75)
    low, high = np.percentile(out, (1, 99))
    return np.clip((out - low) / (high - low + 1e-6), 0, 1)


def _mixed(share, first, second):
    return (first * (1 - share[..., None]) + second * share[..., None]).astype(np.float32)


def _gradient(draw, noise):
    angle = draw.uniform(0, 2 * math.pi)
    ys, xs = np.mgrid[0:HEIGHT, 0:WIDTH] / WIDTH
    share = (xs * math.cos(angle) + ys * math.sin(angle))
    share = (share - share.min()) / (share.max() - share.min())
    return _mixed(share ** draw.uniform(0.5, 2), _colour(draw), _colour(draw))


def _clouds(draw, noise):
    return _mixed(octaves(draw, noise, draw.choice([2, 4, 8]), draw.choice([2, 4, 6])), _colour(draw), _colour(draw))


def _room(draw, noise):
    """Walls, a floor, windows and boxes."""
    picture = _gradient(draw, noise) * 0.4 + _colour(draw).astype(np.float32) * 0.6
    floor = int(HEIGHT * draw.uniform(0.55, 0.95))
    picture[floor:] = picture[floor:] * 0.3 + _colour(draw).astype(np.float32) * 0.5
    for _ in range(draw.randrange(2, 9)):
        wide, high = draw.uniform(20, 160), draw.uniform(20, 170)
        x, y = draw.uniform(-20, WIDTH), draw.uniform(-20, floor)
        _box(draw, picture, x, y, wide, high)
    for _ in range(draw.choice([0, 1, 1, 2])):
        _window(draw, picture)
    return picture


def _box(draw, picture, x, y, wide, high):
    colour = _colour(draw)
    depth = draw.uniform(-30, 30)
    front = [(x, y), (x + wide, y), (x + wide, y + high), (x, y + high)]
    edge = x + wide if depth > 0 else x
    side = [(edge, y), (edge + depth, y - abs(depth) / 2), (edge + depth, y + high - abs(depth) / 2), (edge, y + high)]
    _polygon(picture, front, colour)
    _polygon(picture, side, colour * draw.uniform(0.4, 0.8))


def _window(draw, picture):
    wide, high = draw.uniform(50, 150), draw.uniform(60, 180)
    x, y = draw.uniform(0, WIDTH - wide), draw.uniform(-20, HEIGHT / 2)
    sky, frame = np.clip(_colour(draw) + 0.5, 0, 1), _colour(draw)
    _polygon(picture, [(x, y), (x + wide, y), (x + wide, y + high), (x, y + high)], frame)
    columns, rows, gap = draw.choice([1, 2, 3]), draw.choice([1, 2, 3]), draw.uniform(2, 7)
    for column in range(columns):
        for row in range(rows):
            left, top = x + wide * column / columns + gap, y + high * row / rows + gap
            right, bottom = x + wide * (column + 1) / columns - gap, y + high * (row + 1) / rows - gap
            _polygon(picture, [(left, top), (right, top), (right, bottom), (left, bottom)], sky)


def _bricks(draw, noise):
    picture = np.tile(_colour(draw).astype(np.float32), (HEIGHT, WIDTH, 1))
    wide, high, colour = draw.uniform(14, 60), draw.uniform(8, 40), _colour(draw)
    for row in range(int(HEIGHT / high) + 1):
        for column in range(-1, int(WIDTH / wide) + 1):
            x, y = (column + 0.5 * (row % 2)) * wide, row * high
            shade = colour * draw.uniform(0.75, 1.15)
            _polygon(picture, [(x, y), (x + wide - 2, y), (x + wide - 2, y + high - 2), (x, y + high - 2)], shade)
    return picture


def _polygon(picture, points, colour):
    at = np.round(np.asarray(points) * 2 ** SUBPIXELS).astype(np.int32)
    cv2.fillPoly(picture, [at], [float(part) for part in colour], cv2.LINE_AA, SUBPIXELS)


def _ellipse(picture, x, y, wide, high, angle, colour, thickness=-1):
    scale = 2 ** SUBPIXELS
    axes = max(1, round(wide * scale)), max(1, round(high * scale))
    cv2.ellipse(picture, (round(x * scale), round(y * scale)), axes, angle, 0, 360,
                [float(part) for part in colour], thickness, cv2.LINE_AA, SUBPIXELS)


def _line(picture, start, end, colour, thickness):
    scale = 2 ** SUBPIXELS
    ends = [tuple(round(part * scale) for part in point) for point in (start, end)]
    cv2.line(picture, *ends, [float(part) for part in colour], thickness, cv2.LINE_AA, SUBPIXELS)


def _place(draw):
    """Returns (x, y, a size between small and large)."""
    return draw.uniform(0, WIDTH), draw.uniform(0, HEIGHT), math.exp(draw.uniform(math.log(8), math.log(110)))


def _shaded_ellipse(draw, picture, x, y, wide, high, angle, colour):
    """An ellipse lit from one side, as a ball or a bare head-shaped thing would be."""
    size = int(2 * max(wide, high) + 4)
    ys, xs = np.mgrid[-size / 2:size / 2, -size / 2:size / 2].astype(np.float32)
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    u, v = (xs * c + ys * s) / wide, (-xs * s + ys * c) / high
    inside = 1 - u * u - v * v
    light = draw.uniform(0, 2 * math.pi)
    bright = 0.55 + 0.45 * (u * math.cos(light) + v * math.sin(light)) + 0.2 * np.sqrt(np.clip(inside, 0, 1))
    paint(picture, np.clip(bright[..., None] * colour, 0, 1), np.clip(inside * max(wide, high) / 2, 0, 1),
          x - size / 2, y - size / 2)


def paint(picture, colour, alpha, x, y):
    """Puts hxwx3 colours with hxw alpha 0..1 over the picture, the corner at (x, y); parts outside are cut."""
    x, y = int(x), int(y)
    x0, y0 = max(0, x), max(0, y)
    x1, y1 = min(picture.shape[1], x + alpha.shape[1]), min(picture.shape[0], y + alpha.shape[0])
    if x0 >= x1 or y0 >= y1:
        return
    part = (slice(y0 - y, y1 - y), slice(x0 - x, x1 - x))
    weight = alpha[part][..., None]
    picture[y0:y1, x0:x1] = picture[y0:y1, x0:x1] * (1 - weight) + colour[part] * weight


def _leaves(draw, noise, picture):
    x, y, size = _place(draw)
    colour = np.array((0.1, draw.uniform(0.25, 0.6), draw.uniform(0.05, 0.45)))
    for _ in range(draw.randrange(40, 260)):
        wide = draw.uniform(1.5, 9)
        _ellipse(picture, x + draw.gauss(0, 1.6 * size), y + draw.gauss(0, size), wide, wide * draw.uniform(0.2, 0.6),
                 draw.uniform(0, 180), np.clip(colour * draw.uniform(0.3, 1.7), 0, 1))


def _writing(draw, noise, picture):
    x, y, size = _place(draw)
    font, colour = draw.choice(FONTS), _colour(draw)
    for line in range(draw.randrange(1, 6)):
        words = "".join(draw.choice(LETTERS) for _ in range(draw.randrange(2, 26)))
        cv2.putText(picture, words, (int(x - 60), int(y + line * (size * 0.6 + 6))), font, size / 45 + 0.2,
                    [float(part) for part in colour], 1 + int(size / 30), cv2.LINE_AA)


def _stripes(draw, noise, picture):
    x, y, size = _place(draw)
    wide, high = draw.uniform(30, 250), draw.uniform(30, 200)
    pitch, angle = draw.uniform(3, 26), draw.uniform(0, math.pi)
    ys, xs = np.mgrid[0:int(high), 0:int(wide)]
    wave = np.sin((xs * math.cos(angle) + ys * math.sin(angle)) * 2 * math.pi / pitch)
    if draw.random() < 0.3:
        wave = wave * np.sin((ys * math.cos(angle) - xs * math.sin(angle)) * 2 * math.pi / pitch)
    paint(picture, _mixed((wave > 0).astype(np.float32), _colour(draw), _colour(draw)),
          np.full(wave.shape, draw.uniform(0.4, 1), np.float32), x - wide / 2, y - high / 2)


def _skin_blob(draw, noise, picture):
    x, y, size = _place(draw)
    for _ in range(draw.randrange(1, 4)):
        _shaded_ellipse(draw, picture, x, y, size * draw.uniform(0.3, 1), size * draw.uniform(0.3, 1.4),
                        draw.uniform(0, 180), _skin(draw))
        x, y = x + draw.gauss(0, size), y + draw.gauss(0, size)


def _ball(draw, noise, picture):
    x, y, size = _place(draw)
    _shaded_ellipse(draw, picture, x, y, size / 2, size / 2, 0, np.clip(_colour(draw) * 1.2, 0, 1))
    colour = _colour(draw)
    for _ in range(draw.randrange(0, 4)):
        _ellipse(picture, x, y, size / 2 * draw.uniform(0.1, 0.9), size / 2 * 0.97, draw.uniform(0, 180), colour,
                 max(1, round(size / 40)))


def _clock(draw, noise, picture):
    x, y, size = _place(draw)
    radius, dial, ink = size / 2, _colour(draw), _colour(draw)
    _ellipse(picture, x, y, radius * 1.1, radius * 1.1, 0, ink * draw.random())
    _ellipse(picture, x, y, radius, radius, 0, dial)
    for hour in range(12):
        c, s = math.cos(hour * math.pi / 6), math.sin(hour * math.pi / 6)
        inner, outer = ((x + c * radius * share, y + s * radius * share) for share in (0.8, 0.92))
        _line(picture, inner, outer, ink, max(1, round(size / 40)))
    for length in (0.5, 0.75):
        angle = draw.uniform(0, 2 * math.pi)
        end = (x + math.cos(angle) * radius * length, y + math.sin(angle) * radius * length)
        _line(picture, (x, y), end, ink, max(1, round(size / 30)))


def _plate(draw, noise, picture):
    """A plate, a button, a socket, a wheel: rings with dots."""
    x, y, size = _place(draw)
    radius, wide = size / 2, draw.uniform(0.6, 1.4)
    for share in sorted([1.0] + [draw.uniform(0.3, 0.95) for _ in range(draw.randrange(0, 3))], reverse=True):
        _ellipse(picture, x, y, radius * share * wide, radius * share, 0, _colour(draw))
    colour, count = _colour(draw), draw.choice([1, 2, 2, 4, 5, 6, 8])
    turn, ring = draw.uniform(0, 2 * math.pi), draw.uniform(0.25, 0.6)
    for dot in range(count):
        angle = turn + 2 * math.pi * dot / count
        _ellipse(picture, x + math.cos(angle) * radius * ring * wide, y + math.sin(angle) * radius * ring,
                 radius * 0.11, radius * 0.11 * draw.uniform(0.6, 1.3), 0, colour)


def _hair(draw, noise, picture):
    """Strands that hang like hair or a curtain."""
    x, y, size = _place(draw)
    colour, lean = _colour(draw) * 0.5, draw.uniform(-0.5, 0.5)
    for _ in range(draw.randrange(60, 250)):
        start = (x + draw.gauss(0, 0.5 * size), y + draw.gauss(0, 0.25 * size))
        end = (start[0] + (lean + draw.gauss(0, 0.15)) * size, start[1] + draw.uniform(0.5, 1.4) * size)
        _line(picture, start, end, np.clip(colour * draw.uniform(0.4, 1.8), 0, 1), 1)


def _cloth(draw, noise, picture):
    """A piece of cloth with folds or a pattern."""
    x, y, size = _place(draw)
    wide, high = int(size * draw.uniform(0.8, 2)) + 8, int(size * draw.uniform(0.8, 2)) + 8
    folds = octaves(draw, noise, draw.choice([2, 3, 6]), 3, high, wide)
    colour = _colour(draw)
    edge = octaves(draw, noise, 3, 2, high, wide)
    ys, xs = np.mgrid[-1:1:high * 1j, -1:1:wide * 1j]
    alpha = np.clip((1.1 - np.hypot(xs, ys) - 0.4 * edge) * 20, 0, 1).astype(np.float32)
    paint(picture, _mixed(folds, colour * 0.35, np.clip(colour * 1.2, 0, 1)), alpha, x - wide / 2, y - high / 2)


def _lamps(draw, noise, picture):
    """Blurred lights far behind."""
    colour = np.clip(_colour(draw) + 0.4, 0, 1)
    for _ in range(draw.randrange(3, 25)):
        x, y, size = _place(draw)
        ring = np.zeros_like(picture[..., 0])
        cv2.circle(ring, (int(x), int(y)), max(2, min(14, int(size / 4))), 1.0, -1, cv2.LINE_AA)
        picture += ring[..., None] * colour.astype(np.float32) * draw.uniform(0.1, 0.6)
    np.clip(picture, 0, 1, picture)


GROUNDS = [_gradient, _clouds, _clouds, _room, _room, _room, _bricks]
CLUTTER = [_leaves, _leaves, _writing, _stripes, _skin_blob, _skin_blob, _ball, _clock, _plate, _plate, _hair, _cloth,
           _cloth, _lamps]

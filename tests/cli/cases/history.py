"""MODEL/history as other programs read it: the page, and the events for TensorBoard."""

import html.parser
import struct

from trial import png_bytes


class Page(html.parser.HTMLParser):
    """What a browser would find."""

    VOID = ("meta", "img")

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.words, self.wrong, self.links = [], [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data):
        self.words.append(data)


def case_page(trial):
    """Of a folder whose name is markup."""
    name = "a<script>alert(1)<!--"
    trial.train("--preview-every", 2, model=name, iterations=5)
    page = Page((trial / name / "history/index.html").read_text())
    trial.check(not page.open and not page.wrong, f"tags are not closed in their turn: {page.open}, {page.wrong}")
    trial.check("script" not in page.tags, "the folder's name is taken for markup")
    trial.check(any(name in words for words in page.words), "the folder's name is not on the page")
    trial.check(page.tags.count("svg") == 3 and page.tags.count("polyline") == 4, "three charts of four curves")
    trial.check(page.tags.count("figure") == 3, "the previews of iterations 2, 4 and 5")
    trial.check({"training.losses.dssim", "network.input_px", "sketch"} <= set(page.words), "the settings")
    elsewhere = [link for link in page.links if not link.startswith(("data:image/jpeg;base64,", "preview-0"))]
    trial.check(not elsewhere, f"it needs something else: {elsewhere}")


def crc32c(content):
    crc = 0xffffffff
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def masked(content):
    crc = crc32c(content)
    return ((crc >> 15 | crc << 17) + 0xa282ead8) & 0xffffffff


def records(trial, path):
    content = path.read_bytes()
    while content:
        length, of_length = struct.unpack("<QI", content[:12])
        body, of_body = content[12:12 + length], struct.unpack("<I", content[12 + length:16 + length])[0]
        trial.check(of_length == masked(content[:8]) and of_body == masked(body), f"a wrong sum in {path}")
        yield body
        content = content[16 + length:]


def fields(message):
    """Number and value of each field of a protocol buffer."""
    def varint():
        nonlocal place
        value = shift = 0
        while True:
            byte = message[place]
            place += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
    place = 0
    while place < len(message):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
            continue
        size = {1: 8, 5: 4}.get(key & 7) or varint()
        yield key >> 3, message[place:place + size]
        place += size


def scalars_and_pictures(trial, path):
    """By tag and step; and the step that the session begins with."""
    scalars, pictures, start = {}, {}, None
    for number, record in enumerate(records(trial, path)):
        event = dict(fields(record))
        if number == 0:
            trial.check(event[3] == b"brain.Event:2", "the version comes first")
        if 7 in event:
            start = event[2]
        for _, value in fields(event.get(5, b"")):
            value = dict(fields(value))
            tag = value[1].decode()
            if 2 in value:
                scalars[tag, event[2]] = struct.unpack("<f", value[2])[0]
            else:
                pictures[tag, event[2]] = dict(fields(value[4]))
    return scalars, pictures, start


def case_tensorboard(trial):
    trial.train(iterations=10)
    trial.train(iterations=20, err="from iteration 10")
    files = sorted((trial / "model/history/tensorboard").iterdir())
    trial.check(len(files) == 2, f"a file for each run: {files}")
    tags = {"loss/likeness", "loss/performer", "learning_rate", "gradient_norm", "iterations_per_second"}
    for path, first, last in zip(files, (1, 11), (10, 20)):
        scalars, pictures, start = scalars_and_pictures(trial, path)
        trial.check(start == first, f"points from {first} on are new, it says {start}")
        trial.check({tag for tag, step in scalars if step == last} == tags, f"the tags of step {last}: {scalars}")
        trial.check(all(0 < value < 1e6 for value in scalars.values()), f"values: {scalars}")
        picture = pictures["preview", last]
        trial.check(picture[4].startswith(b"\xff\xd8\xff") and picture[2] > picture[1] > 0, "a JPEG, broad")


def case_foreign_files_in_the_history_stay(trial):
    model = trial.copy_model()
    (model / "history/preview-000000002.png").write_bytes(png_bytes(8, 8)[:40])
    (model / "history/notes.txt").write_text("mine")
    trial.train(model=model, iterations=3, err="from iteration 2")
    trial.check((model / "history/notes.txt").read_text() == "mine", "a note was changed")
    page = Page((model / "history/index.html").read_text())
    trial.check(page.tags.count("figure") == 3 and not page.wrong, "a damaged preview does not spoil the page")

"""A person: rest shape and skin of an identity, and the exchange of faces that makes a true swap."""
import numpy as np

from synthetic_cast.assets import build_morphs
from synthetic_cast.base_mesh import BODY_VERTICES, BaseMesh, smoothstep
from synthetic_cast.landmarks import Landmarks
from synthetic_cast.regions import Regions

HEAD_JOINT = np.array([0, 7.142, 0.45])  # every person's head joint is moved here
SCALP_TINT = (0.055, 0.035, 0.025)
MOUTH_TINT = (0.42, 0.12, 0.11)
FACE_HELPERS = ("helper-l-eye", "helper-r-eye", "helper-upper-teeth", "helper-lower-teeth", "helper-tongue",
                "helper-l-eyelashes-1", "helper-r-eyelashes-1",
                "helper-l-eyelashes-2", "helper-r-eyelashes-2")


class Body:
    """What all people share: mesh, landmarks and regions."""

    def __init__(self, assets):
        self.assets = assets
        self.mesh = BaseMesh(assets)
        self.landmarks = Landmarks(self.mesh)
        self.regions = Regions(self.mesh)


class Person:
    """Per vertex: rest position, linear RGB tint and shader weights (`skin`); and brow, lash and iris."""

    def __init__(self, body, identity):
        self.body = body
        self.identity = identity
        self.vertices = self._rest_shape()
        self.tint = self._skin_tint(np.array(identity["tone"]))
        regions = body.regions
        spots = np.clip(regions.cheek + regions.nose + 0.15 * regions.face, 0, 1)
        self.skin = {
            "stubble": identity["stubble"] * regions.beard,
            "freckles": identity["freckles"] * spots,
            "forehead_lines": identity["wrinkles"] * regions.forehead,
            "crows_feet": identity["wrinkles"] * regions.crows_feet,
            "lip": regions.lip,
        }
        self.brow, self.lash, self.iris = identity["brow"], identity["lash"], identity["iris"]

    def _rest_shape(self):
        identity, assets = self.identity, self.body.assets
        morphs = build_morphs(identity["gender"], identity["age"], identity["muscle"], identity["weight"],
                              identity["ethnic"])
        for name, strength in identity["morphs"].items():
            if name.startswith("*"):
                folder, morph = name[1:].split("/")
                morphs += [(f"{folder}/l-{morph}", strength), (f"{folder}/r-{morph}", strength)]
            else:
                morphs.append((name, strength))
        vertices = assets.apply_morphs(self.body.mesh.base, morphs)
        joint = vertices[assets.skeleton()["joints"]["head____head"]].mean(0)
        return vertices + (HEAD_JOINT - joint)

    def _skin_tint(self, tone, scalp=True):
        identity, regions = self.identity, self.body.regions
        tint = np.tile(tone, (len(self.vertices), 1)).astype(float)

        def multiply(weight, colour):
            np.multiply(tint, 1 + (np.array(colour) - 1) * weight[:, None], out=tint)

        def mix(weight, colour):
            np.add(tint * (1 - weight[:, None]), np.array(colour) * weight[:, None], out=tint)

        multiply(np.clip(regions.cheek, 0, 1) * identity["blush"], (1.04, 0.80, 0.80))
        multiply(regions.nose * identity["blush"], (1.05, 0.80, 0.78))
        multiply(regions.ear * 0.6, (1.05, 0.78, 0.75))
        multiply(np.clip(regions.under_eye, 0, 1) * (0.35 + 0.3 * identity["wrinkles"]), (0.80, 0.70, 0.74))
        multiply(np.clip(regions.upper_lid, 0, 1) * 0.5, (0.88, 0.76, 0.74))
        multiply(regions.forehead * 0.3, (1.04, 1.0, 0.93))
        multiply(regions.lid_rim * 0.6, (0.75, 0.5, 0.5))
        multiply(identity["stubble"] * regions.beard * 0.85, (0.66, 0.70, 0.76))
        multiply(np.clip(regions.upper_lid, 0, 1), identity.get("eye_shadow", (1, 1, 1)))
        mix(regions.lip * 0.92, identity["lip"])
        mix(regions.inside_mouth, MOUTH_TINT)
        if scalp and identity["hair"]["style"] != "bald":
            scalp_tint = identity.get("scalp", SCALP_TINT)
            mix(smoothstep(-0.02, 0.10, self.above_hairline()) * (1 - regions.ear) * 0.85, scalp_tint)
        return tint

    def above_hairline(self):
        """Returns per vertex the height over this person's hairline, in decimetres."""
        height = self.body.regions.above_hairline.copy()
        if self.identity["hair"]["style"] == "short":  # slightly receding temples
            height -= 0.03 + 0.10 * np.exp(-((self.body.regions.azimuth - 36) / 11) ** 2)
        return height

    def take_face(self, source, inset=0.20, tone="target"):
        """Blends the source's facial shape, skin, brows, lashes and eyes into this person.

        Skull, ears, jaw outline, neck and hair stay. inset: width of the blend inside the face outline, in
        decimetres. tone: "target" recolours the source's skin to this person's tone, "source" leaves it.
        """
        weight = self.exchange_weight(inset)
        self.vertices = self.shape_with_face(source, weight)
        source_tone, own_tone = np.array(source.identity["tone"]), np.array(self.identity["tone"])
        tint = source._skin_tint(source_tone, scalp=False)
        if tone == "target":
            tint = tint * (own_tone / source_tone)
        self.tint = self.tint * (1 - weight[:, None]) + tint * weight[:, None]
        for name in self.skin:
            self.skin[name] = self.skin[name] * (1 - weight) + source.skin[name] * weight
        self.brow, self.lash, self.iris = source.brow, source.lash, source.iris

    def shape_with_face(self, source, weight):
        """Returns this person's vertices with the source's face; weight: of exchange_weight()."""
        return self.vertices * (1 - weight[:, None]) + self._align(source, weight) * weight[:, None]

    def exchange_weight(self, inset=0.20):
        """Returns per vertex how much of it another's face replaces; the same for all people."""
        mesh, regions = self.body.mesh, self.body.regions
        x, y, z = mesh.neutral.T
        weight = (1 - smoothstep(-inset, -0.03, regions.face_distance)) * smoothstep(0.45, 0.8, z)
        for group in FACE_HELPERS:
            weight[mesh.group_vertices(group)] = 1.0
        mouth_and_nostrils = (z > 0.2) & (z < 1.48) & (np.abs(x) < 0.33) & (y > 6.6) & (y < 7.25)
        weight[mouth_and_nostrils & (regions.face_distance < -0.1)] = 1.0
        return weight

    def _align(self, source, weight):
        """The source's vertices, moved by the similarity that fits the faces along the blend's outer band."""
        in_front = self.body.mesh.neutral[:, 2] > 0.6
        band = np.where((self.body.regions.face_distance < 0.02) & (weight < 0.75) & in_front)[0]
        band = band[band < BODY_VERTICES]
        theirs, own = source.vertices[band], self.vertices[band]
        their_centre, own_centre = theirs.mean(0), own.mean(0)
        u, singular, vt = np.linalg.svd((theirs - their_centre).T @ (own - own_centre))
        handedness = np.diag([1, 1, np.sign(np.linalg.det(u @ vt))])
        rotation = u @ handedness @ vt
        scale = (singular * np.diag(handedness)).sum() / ((theirs - their_centre) ** 2).sum()
        return (source.vertices - their_centre) @ rotation * scale + own_centre

"""The compiled rasteriser (../raster), called with numpy arrays. It is built where it is missing or older."""
import ctypes
import glob
import os
import shutil
import subprocess

import numpy as np

from synthetic_cast.errors import MISSING_PROGRAM, CastError

SOURCE = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "raster"))
LIBRARY = os.path.abspath(os.path.join(SOURCE, "..", "..", "..", "build", "cast", "libraster.so"))
MOST_LIGHTS = 4
ATTRIBUTES = ["normal", "albedo", "irradiance"]  # three floats each; then the single ones
SINGLE_ATTRIBUTES = ["specular", "roughness", "mask", "openness"]
ATTRIBUTE_COUNT = 3 * len(ATTRIBUTES) + len(SINGLE_ATTRIBUTES) + MOST_LIGHTS + 2
SPECULAR, ROUGHNESS, MASK, OPENNESS, LIT, UV = 9, 10, 11, 12, 13, 17
NORMAL, ALBEDO, IRRADIANCE = slice(0, 3), slice(3, 6), slice(6, 9)
# A triangle, or after the triangles a strand's segment, -1 for nothing; and where on it: see raster.h.
HIT = np.dtype([("primitive", np.int32), ("u", np.float32), ("v", np.float32)])

_pointer, _int, _float = ctypes.c_void_p, ctypes.c_int32, ctypes.c_float


class MeshStruct(ctypes.Structure):
    _fields_ = [("positions", _pointer), ("attributes", _pointer), ("cut", _pointer), ("triangles", _pointer),
                ("triangle_count", _int), ("first_textured", _int)]


class StrandsStruct(ctypes.Structure):
    _fields_ = [("points", _pointer), ("tangents", _pointer), ("radii", _pointer), ("colours", _pointer),
                ("mask", _pointer), ("segments", _pointer), ("segment_count", _int)]


class CameraStruct(ctypes.Structure):
    _fields_ = [("eye", _float * 3), ("axes", _float * 9), ("focal", _float), ("width", _int), ("height", _int)]


class LightsStruct(ctypes.Structure):
    _fields_ = [("position", _float * 3 * MOST_LIGHTS), ("power", _float * 3 * MOST_LIGHTS),
                ("size", _float * MOST_LIGHTS), ("ambient", _float * 3), ("count", _int)]


class TextureStruct(ctypes.Structure):
    _fields_ = [("texels", _pointer), ("width", _int), ("height", _int)]


def build():
    """Compiles the kernel where its library is missing or older than its source; returns the library's path."""
    sources = sorted(glob.glob(os.path.join(SOURCE, "*.cpp")))
    newest = max(os.path.getmtime(path) for path in sources + glob.glob(os.path.join(SOURCE, "*.h")))
    if os.path.exists(LIBRARY) and os.path.getmtime(LIBRARY) >= newest:
        return LIBRARY
    if not shutil.which("g++"):
        raise CastError(MISSING_PROGRAM, "g++ is missing, which builds the rasteriser. On Debian: apt-get install g++")
    os.makedirs(os.path.dirname(LIBRARY), exist_ok=True)
    new = f"{LIBRARY}.{os.getpid()}"
    command = ["g++", "-std=c++20", "-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math", "-shared", "-fPIC", *sources, "-o", new]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise CastError(MISSING_PROGRAM, f"g++ could not build the rasteriser:\n{done.stderr}")
    os.replace(new, LIBRARY)
    return LIBRARY


def pointer(array):
    """Returns the address of a contiguous array of 32-bit values, None for None."""
    if array is None:
        return None
    assert array.flags.c_contiguous and array.dtype in (np.float32, np.int32), (array.dtype, array.flags)
    return ctypes.c_void_p(array.ctypes.data)


def floats(array):
    """Returns the array as contiguous 32-bit floats."""
    return np.ascontiguousarray(array, np.float32)


class Kernel:
    """The library's functions."""

    def __init__(self):
        self._library = ctypes.CDLL(build())

    def apply_rows(self, rows, values):
        """Returns the weighted sums of NxK values that WeightedRows names."""
        values = floats(values)
        out = np.empty((len(rows.starts) - 1, values.shape[1]), np.float32)
        self._library.apply_rows(pointer(rows.starts), pointer(rows.columns), pointer(rows.weights), _int(len(out)),
                                 pointer(values), _int(values.shape[1]), pointer(out))
        return out

    def unit_normals(self, positions, triangles):
        """Returns the vertices' unit normals."""
        normals = np.empty_like(positions)
        self._library.unit_normals(pointer(positions), _int(len(positions)), pointer(triangles), _int(len(triangles)),
                                   pointer(normals))
        return normals

    def map_depths(self, rows, size, mesh, vertex_count, strands, pixels_per_length, widen, stride):
        """Returns the size x size depth map of a parallel projection (3x4 rows)."""
        depths = np.empty((size, size), np.float32)
        self._library.map_depths(pointer(rows), _int(size), ctypes.byref(mesh), _int(vertex_count),
                                 ctypes.byref(strands), _float(pixels_per_length), _float(widen), _int(stride),
                                 pointer(depths))
        return depths

    def lit_points(self, rows, depths, points, bias, spread, reach, taps):
        """Returns the part of a light that reaches each point; see depth_map.cpp."""
        lit = np.empty(len(points), np.float32)
        self._library.lit_points(pointer(rows), _int(len(depths)), pointer(depths), pointer(points), _int(len(points)),
                                 _float(bias), _float(spread), _float(reach), _int(taps), pointer(lit))
        return lit

    def add_openness(self, rows, depths, points, normals, toward, bias, open_sum, weight_sum):
        """Adds a direction's verdict to the sums; see depth_map.cpp."""
        self._library.add_openness(pointer(rows), _int(len(depths)), pointer(depths), pointer(points), pointer(normals),
                                   pointer(toward), _int(len(points)), _float(bias), pointer(open_sum),
                                   pointer(weight_sum))

    def light_surface(self, lights, positions, attributes):
        """Sets the irradiance in the attributes."""
        self._library.light_surface(ctypes.byref(lights), pointer(positions), _int(len(positions)), pointer(attributes))

    def light_strands(self, lights, eye, points, tangents, own, lit, openness):
        """Returns the colours that hairs send to the eye."""
        colours = np.empty_like(points)
        self._library.light_strands(ctypes.byref(lights), pointer(eye), pointer(points), pointer(tangents), pointer(own),
                                    pointer(lit), pointer(openness), _int(len(points)), pointer(colours))
        return colours

    def look(self, camera, mesh, vertex_count, strands, point_count):
        """Returns what is seen at each of the camera's samples: HxW of HIT."""
        hits = np.empty((camera.height, camera.width, 3), np.float32)
        self._library.look(ctypes.byref(camera), ctypes.byref(mesh), _int(vertex_count), ctypes.byref(strands),
                           _int(point_count), pointer(hits))
        return hits.view(HIT)[..., 0]

    def shade(self, camera, mesh, strands, lights, texture, hits, each):
        """Returns (HxWx4 linear RGB times coverage and coverage, HxW mask), from each x each samples a pixel."""
        height, width = camera.height // each, camera.width // each
        picture, mask = np.empty((height, width, 4), np.float32), np.empty((height, width), np.float32)
        self._library.shade(ctypes.byref(camera), ctypes.byref(mesh), ctypes.byref(strands), ctypes.byref(lights),
                            ctypes.byref(texture), pointer(hits.view(np.float32)), _int(each), pointer(picture), pointer(mask))
        return picture, mask

    def picture(self, camera, mesh, vertex_count, strands, point_count, lights, texture, each):
        """Looks and shades."""
        hits = self.look(camera, mesh, vertex_count, strands, point_count)
        return self.shade(camera, mesh, strands, lights, texture, hits, each)

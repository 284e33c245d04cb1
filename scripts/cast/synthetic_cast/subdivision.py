"""Catmull-Clark subdivision of quads as weighted sums, the same for every pose. Needs numpy only."""
import numpy as np


class WeightedRows:
    """Rows of (column, weight) pairs: starts (rows + 1), columns and weights, as the kernel's apply_rows takes them."""

    def __init__(self, rows, columns, weights, row_count):
        """Takes triplets in any order; those of the same place are added up."""
        column_count = int(columns.max()) + 1
        places, back = np.unique(rows.astype(np.int64) * column_count + columns, return_inverse=True)
        counts = np.bincount(places // column_count, minlength=row_count)
        self.starts = np.r_[0, np.cumsum(counts)].astype(np.int32)
        self.columns = (places % column_count).astype(np.int32)
        self.weights = np.bincount(back, weights).astype(np.float32)


def subdivide(quads, vertex_count):
    """Returns (WeightedRows from old to new vertices, the new quads); holes keep their outline."""
    quads = np.asarray(quads)
    faces = len(quads)
    edge_of, ends, sides = _edges(quads)
    edge_count = len(ends)
    edge_points = vertex_count + np.arange(edge_count)
    face_points = vertex_count + edge_count + np.arange(faces)
    triplets = [(np.repeat(face_points, 4), quads.ravel(), np.full(4 * faces, 0.25))]
    inner = sides == 2
    triplets.append((np.repeat(edge_points, 2), ends.ravel(), np.repeat(np.where(inner, 0.25, 0.5), 2)))
    of_inner = inner[edge_of.ravel()]
    face_of_corner = np.repeat(np.arange(faces), 4)
    chosen_edges, chosen_faces = edge_of.ravel()[of_inner], face_of_corner[of_inner]
    triplets.append((np.repeat(edge_points[chosen_edges], 4), quads[chosen_faces].ravel(),
                     np.full(4 * len(chosen_edges), 0.0625)))
    triplets += _moved_vertices(quads, ends, inner, vertex_count)
    rows, columns, weights = (np.concatenate(part) for part in zip(*triplets))
    new_quads = np.stack([quads, edge_points[edge_of], np.broadcast_to(face_points[:, None], quads.shape),
                          edge_points[np.roll(edge_of, 1, 1)]], -1).reshape(-1, 4)
    return WeightedRows(rows, columns, weights, vertex_count + edge_count + faces), new_quads


def _edges(quads):
    """Returns (edge of each face's corner and its next: Fx4, the edges' ends: Ex2, faces on each edge: E)."""
    pairs = np.sort(np.stack([quads, np.roll(quads, -1, 1)], -1), -1).reshape(-1, 2)
    ends, edge_of, sides = np.unique(pairs, axis=0, return_inverse=True, return_counts=True)
    return edge_of.reshape(quads.shape), ends, sides


def _moved_vertices(quads, ends, inner, vertex_count):
    """Triplets of the old vertices: on an outline between their neighbours there, else by the faces around."""
    valence = np.bincount(quads.ravel(), minlength=vertex_count)
    outline = np.zeros(vertex_count, bool)
    outline[ends[~inner].ravel()] = True
    free = ~outline & (valence > 0)
    n = np.maximum(valence, 1).astype(float)
    ids = np.arange(vertex_count)
    own = np.where(free, (n - 3) / n + 1 / n, np.where(outline, 0.75, 1.0))
    triplets = [(ids, ids, own)]
    corner_free = free[quads.ravel()]
    corners, around = quads.ravel()[corner_free], np.repeat(quads, 4, 0)[corner_free]
    triplets.append((np.repeat(corners, 4), around.ravel(), np.repeat(0.25 / n[corners] ** 2, 4)))
    for first, second in ((0, 1), (1, 0)):
        a, b = ends[:, first], ends[:, second]
        of_free = inner & free[a]
        triplets.append((a[of_free], b[of_free], 1 / n[a[of_free]] ** 2))
        of_outline = ~inner
        triplets.append((a[of_outline], b[of_outline], np.full(of_outline.sum(), 0.125)))
    return triplets


def smoothing_rows(quads, vertex_count, own_weight=0.4):
    """Returns WeightedRows that replace a vertex' value by a mean of it and its neighbours."""
    _, ends, _ = _edges(np.asarray(quads))
    neighbours = np.bincount(ends.ravel(), minlength=vertex_count)
    ids = np.arange(vertex_count)
    rows = np.concatenate([ids, ends[:, 0], ends[:, 1]])
    columns = np.concatenate([ids, ends[:, 1], ends[:, 0]])
    own = np.where(neighbours > 0, own_weight, 1.0)
    share = (1 - own_weight) / np.maximum(neighbours, 1)
    return WeightedRows(rows, columns, np.concatenate([own, share[ends[:, 0]], share[ends[:, 1]]]), vertex_count)

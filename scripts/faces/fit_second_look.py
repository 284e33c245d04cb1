#!/usr/bin/env python3
"""Fits the numbers of lib/understudy/vision/detector/second_look.cpp.

    understudy_face_measure SET CLIPS "" candidates | fit_second_look.py

Standard input has a line for everything that the detector's first look found: its score, the error that the face network expects
there, and 1 for a face or 0. Needs Debian's python3-numpy.
"""

import sys

import numpy


def logistic_regression(features, labels, rounds=50):
    """Newton's method."""
    weights = numpy.zeros(features.shape[1])
    for _ in range(rounds):
        chances = 1 / (1 + numpy.exp(-features @ weights))
        curvature = (features * (chances * (1 - chances))[:, None]).T @ features
        weights += numpy.linalg.solve(curvature + 1e-6 * numpy.eye(len(weights)), features.T @ (labels - chances))
    return weights


def main():
    rows = numpy.array([[float(value) for value in line.split()] for line in sys.stdin])
    score, error, is_face = rows.T
    score = numpy.clip(score, 1e-6, 1 - 1e-6)
    features = numpy.stack([numpy.log(score / (1 - score)), numpy.log(error), numpy.ones(len(score))], axis=1)
    per_score, per_error, constant = logistic_regression(features, is_face)
    print(f"kPerScore = {per_score:.3f}, kPerError = {per_error:.3f}, kConstant = {constant:.3f}, of {len(rows)} finds, {int(is_face.sum())} faces")


if __name__ == "__main__":
    main()

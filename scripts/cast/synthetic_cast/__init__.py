"""Renders people who do not exist, with ground truth: landmarks, pose, face mask, true swaps.

Body axes: x points to the subject's left (the picture's right), y up, z towards the camera, in decimetres.
Head angles in degrees: yaw > 0 turns the nose to the picture's right, pitch > 0 lifts the chin,
roll > 0 tilts the head counter-clockwise in the picture.
"""

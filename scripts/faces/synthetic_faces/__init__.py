"""Heads and shoulders of people who do not exist, and pictures without faces: what face models learn from."""

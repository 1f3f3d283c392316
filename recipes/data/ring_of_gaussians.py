"""Eight Gaussians on a ring (Metz et al. 2017): the data of recipes/wgan_gp_ring.yaml, and what a generator made of them.

    python3 ring_of_gaussians.py                  writes ring_of_gaussians.csv beside this file
    python3 ring_of_gaussians.py samples.jsonl    counts rows {"x": .., "y": ..}, as dlrun predict writes them

A sample belongs to its nearest Gaussian and is good within three deviations of the centre, where 98.9 % of real ones
are; a Gaussian counts as covered with a hundredth of the samples, all good, an eighth being its share.
"""

import json
import math
import pathlib
import random
import sys

radius, deviation, kinds, each = 2.0, 0.02, 8, 500
centres = [(radius * math.cos(2 * math.pi * k / kinds), radius * math.sin(2 * math.pi * k / kinds)) for k in range(kinds)]


def write(path):
    draw = random.Random(1)
    rows = [f"{x + draw.gauss(0, deviation):.5f},{y + draw.gauss(0, deviation):.5f},{k}"
            for _ in range(each) for k, (x, y) in enumerate(centres)]
    path.write_text("x,y,gaussian\n" + "\n".join(rows) + "\n")


def count(path):
    points = [(row["x"], row["y"]) for row in map(json.loads, open(path)) if "x" in row]
    good = [0] * kinds
    for point in points:
        distances = [math.dist(point, centre) for centre in centres]
        nearest = min(range(kinds), key=distances.__getitem__)
        good[nearest] += distances[nearest] <= 3 * deviation
    covered = sum(number >= len(points) / 100 for number in good)
    print(f"{len(points)} samples: {covered} of {kinds} Gaussians covered, {100 * sum(good) / len(points):.1f} % within "
          f"three deviations; shares {' '.join(f'{100 * number / len(points):.1f}' for number in good)} %")


if len(sys.argv) > 1:
    count(sys.argv[1])
else:
    write(pathlib.Path(__file__).with_suffix(".csv"))

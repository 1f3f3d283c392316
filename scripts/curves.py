#!/usr/bin/env python3
"""Draws the losses and one metric of a run as SVG.  usage: scripts/curves.py RUN METRIC > curves.svg"""
import json
import sys

run, metric = sys.argv[1:3]
records = [json.loads(line) for line in open(f"{run}/metrics.jsonl")]
steps = [r for r in records if r["event"] == "step"]
epochs = [r for r in records if r["event"] == "validation"]
panels = [
    ("loss", [("training", "#1f77b4", [(r["step"], r["train/loss"]) for r in steps]),
              ("validation", "#d62728", [(r["step"], r["val/loss"]) for r in epochs])]),
    (metric, [("training", "#1f77b4", [(r["step"], r[f"train/{metric}"]) for r in epochs]),
              ("validation", "#d62728", [(r["step"], r[f"val/{metric}"]) for r in epochs])]),
]
WIDTH, HEIGHT, LEFT, TOP = 300, 180, 46, 24
out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{2 * (WIDTH + LEFT + 24)}" height="{HEIGHT + TOP + 44}" '
       'font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="white"/>']
for k, (title, lines) in enumerate(panels):
    x0 = k * (WIDTH + LEFT + 24) + LEFT
    values = [v for _, _, points in lines for _, v in points]
    last = max(s for _, _, points in lines for s, _ in points)
    low, high = min(values), max(values)
    out.append(f'<text x="{x0}" y="15" font-weight="bold">{title}</text>'
               f'<rect x="{x0}" y="{TOP}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#bbb"/>')
    for share in (0, 0.5, 1):
        y = TOP + HEIGHT * (1 - share)
        out.append(f'<text x="{x0 - 4}" y="{y + 4}" text-anchor="end">{low + share * (high - low):.2f}</text>')
    out.append(f'<text x="{x0}" y="{TOP + HEIGHT + 14}">0</text><text x="{x0 + WIDTH}" y="{TOP + HEIGHT + 14}" '
               f'text-anchor="end">step {last}</text>')
    for i, (name, colour, points) in enumerate(lines):
        path = " ".join(f"{x0 + WIDTH * s / last:.1f},{TOP + HEIGHT * (1 - (v - low) / (high - low)):.1f}"
                        for s, v in points)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.6"/>'
                   f'<text x="{x0 + 60 + 80 * i}" y="{TOP + HEIGHT + 34}" fill="{colour}">{name}</text>')
out.append("</svg>")
print("\n".join(out))

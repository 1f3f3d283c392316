"""Writes the series of tests/recipes: waves.csv (two channels, an hour a row) and waves.ts (two classes, unequal lengths)."""

import math
import pathlib

folder = pathlib.Path(__file__).parent
rows = ["date,height,slope"]
for i in range(240):
    day, hour = 1 + i // 24, i % 24
    height = 3 * math.sin(i * math.tau / 24) + math.sin(0.9 * i)
    rows.append(f"2024-01-{day:02} {hour:02}:00:00,{height:.4f},{100 + 20 * math.cos(i * math.tau / 24):.3f}")
(folder / "waves.csv").write_text("\n".join(rows) + "\n")

lines = ["# Waves that rise or fall.", "@problemName Waves", "@timeStamps false", "@missing false", "@univariate false",
         "@dimensions 2", "@equalLength false", "@classLabel true rising falling", "@data"]
for i in range(40):
    sign, length = (1, -1)[i % 2], 8 + 3 * i % 7
    slow = [f"{math.sin(0.3 * i + sign * 0.5 * t):.4f}" for t in range(length)]
    quick = [f"{math.cos(0.3 * i + sign * 0.5 * t):.4f}" for t in range(length)]
    lines.append(":".join((",".join(slow), ",".join(quick), ("rising", "falling")[i % 2])))
(folder / "waves.ts").write_text("\n".join(lines) + "\n")

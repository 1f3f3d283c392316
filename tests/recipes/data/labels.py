"""A small table of three labels for tests/recipes/multi_label.yaml: which halves a point of the plane lies in."""

import math
import pathlib

lines = ["x,y,colour,right,upper,far"]
for i in range(120):
    x, y = 2 * math.sin(1.7 * i * i), 2 * math.cos(2.3 * i * i + 1)
    lines.append(f"{x:.3f},{y:.3f},{'red' if i % 3 else 'blue'},{int(x > 0)},{int(y > 0)},{int(x * x + y * y > 4)}")
pathlib.Path(__file__).with_suffix(".csv").write_text("\n".join(lines) + "\n")

#!/usr/bin/env python3
"""Writes parts.csv: two numbers, and a number, a count and a group that follow from them, each unknown in some rows; a weight."""
import math

lines = ["a,b,value,count,group,weight"]
for i in range(160):
    a, b = math.sin(1.3 * i * i + 0.4), math.sin(2.1 * i * i + 1.0)
    value = 2 * a - b + 0.1 * math.sin(0.7 * i * i)
    count = round(math.exp(1 + a) + 0.5 * abs(math.sin(0.9 * i * i)))
    group = "low" if a + b < -0.4 else "high" if a + b > 0.4 else "middle"
    cells = [f"{value:.4f}" if i % 7 != 3 else "", str(count) if i % 5 != 1 else "", group if i % 4 != 2 else ""]
    lines.append(f"{a:.4f},{b:.4f},{','.join(cells)},{1 + i % 3}")
with open(__file__.replace(".py", ".csv"), "w") as file:
    file.write("\n".join(lines) + "\n")

#!/usr/bin/env python3
"""Writes counts.csv: two numbers, what follows from them (a number, a count, chances of three kinds), a weight, a group."""
import math

lines = ["a,b,value,count,low,middle,high,weight,group"]
for i in range(160):
    a, b = math.sin(1.3 * i * i + 0.4), math.sin(2.1 * i * i + 1.0)
    value = 2 * a - b + 0.1 * math.sin(0.7 * i * i)
    count = round(math.exp(1 + a) + 0.5 * abs(math.sin(0.9 * i * i)))
    powers = [math.exp(a), math.exp(b), math.exp(-a)]
    low, middle = round(powers[0] / sum(powers), 4), round(powers[1] / sum(powers), 4)
    lines.append(f"{a:.4f},{b:.4f},{value:.4f},{count},{low},{middle},{1 - low - middle:.4f},{1 + i % 3},{'xyz'[i % 3]}")
with open(__file__.replace(".py", ".csv"), "w") as file:
    file.write("\n".join(lines) + "\n")

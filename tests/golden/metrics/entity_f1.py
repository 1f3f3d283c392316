#!/usr/bin/env python3
"""Reference numbers of seqeval's precision, recall and F1 on tag sequences made by a formula, well formed and not. Writes
entity_f1.json beside this file. Run with seqeval 1.2."""
import json
import math
import pathlib

from seqeval.metrics import f1_score, precision_score, recall_score

sets = {
    "bio": ["O", "B-per", "I-per", "B-loc", "I-loc"],
    "bioes": ["O", "B-per", "I-per", "E-per", "S-per", "B-loc", "I-loc", "E-loc", "S-loc"],
    "nothing": ["O", "O", "O"],
}
cases = {}
for name, tags in sets.items():
    def sequence(i, phase):
        length = 3 + i % 9
        return [int(abs(math.sin(1.7 * (i * 31 + t) ** 1.5 + phase)) * 2.6 * len(tags)) % len(tags) for t in range(length)]

    true = [sequence(i, 0.0) for i in range(60)]
    # Half of the sequences are nearly right.
    given = [[t if (i + k) % 5 else (t + 1) % len(tags) for k, t in enumerate(true[i])] if i % 2 else sequence(i, 0.9)
             for i in range(60)]
    names = lambda sequences: [[tags[t] for t in one] for one in sequences]
    cases[name] = {"tags": tags, "true": true, "given": given,
                   "f1": f1_score(names(true), names(given), zero_division=0),
                   "precision": precision_score(names(true), names(given), zero_division=0),
                   "recall": recall_score(names(true), names(given), zero_division=0)}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")

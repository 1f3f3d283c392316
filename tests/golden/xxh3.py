"""Writes tests/golden/xxh3.json for tests/base/hash_test.cpp: XXH3-128 of the bytes 131 * i mod 251. Run with xxhash 4.1."""

import json
from pathlib import Path

import xxhash

lengths = [0, 1, 3, 4, 8, 9, 16, 17, 128, 129, 240, 241, 1000, 65536, 1048577]
hashes = {str(n): xxhash.xxh3_128(bytes(131 * i % 251 for i in range(n))).hexdigest() for n in lengths}
Path(__file__).with_suffix(".json").write_text(json.dumps(hashes, indent=1) + "\n")

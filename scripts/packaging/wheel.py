"""Makes a wheel of a tree that holds dlrun. usage: wheel.py TREE VERSION OUTPUT-FOLDER

TREE is what becomes site-packages/dlrun: bin, lib, share. The platform tag is the oldest manylinux whose glibc and libstdc++ have
all versioned symbols that the files ask for (PEP 600). Standard library only; the same tree gives the same bytes.
"""

import base64
import hashlib
import pathlib
import platform
import re
import subprocess
import sys
import zipfile

here = pathlib.Path(__file__).parent
# The glibc that the first distribution with this libstdc++ has: what PEP 600's profiles allow.
glibc_of_glibcxx = {24: 24, 25: 27, 26: 31, 28: 31, 29: 34, 30: 35}
requires = "torch==2.11.0"
parquet = "pyarrow==25.0.*"  # what libdlrun_arrow.so is built with, where it is: scripts/cmake/Arrow.cmake
epoch = (2026, 1, 1, 0, 0, 0)


def symbols(file):
    """Versions of glibc and libstdc++ that an ELF file asks for: {"GLIBC": 34, "GLIBCXX": 30}."""
    text = subprocess.run(["objdump", "-T", file], capture_output=True, text=True, check=True).stdout
    found = {"GLIBC": 17, "GLIBCXX": 19}
    for line in text.splitlines():
        if "*UND*" not in line:
            continue
        for name, major, minor in re.findall(r"\(?(GLIBC|GLIBCXX)_(2|3\.4)\.(\d+)", line):
            found[name] = max(found[name], int(minor))
    return found


def tag_of(files):
    glibc = 17
    for file in files:
        needed = symbols(file)
        libstdcxx = next(value for key, value in sorted(glibc_of_glibcxx.items()) if key >= needed["GLIBCXX"])
        glibc = max(glibc, needed["GLIBC"], libstdcxx)
    return f"py3-none-manylinux_2_{glibc}_{platform.machine()}"


def is_elf(file):
    with open(file, "rb") as stream:
        return stream.read(4) == b"\x7fELF"


def main():
    tree, version, output = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
    files = sorted(path for path in tree.rglob("*") if path.is_file())
    tag = tag_of([path for path in files if is_elf(path)])
    info = f"dlrun-{version}.dist-info"
    readme = (tree / "share/doc/dlrun/README.md").read_text()
    contents = {f"dlrun/{path.relative_to(tree)}": (path.read_bytes(), path.stat().st_mode & 0o111) for path in files}
    contents["dlrun/__init__.py"] = ((here / "launcher.py").read_text().replace("@VERSION@", version).encode(), 0)
    contents["dlrun/__main__.py"] = (b"from dlrun import main\n\nmain()\n", 0)
    extra = f"Provides-Extra: parquet\nRequires-Dist: {parquet}; extra == 'parquet'\n" if (tree / "lib/dlrun/libdlrun_arrow.so").exists() else ""
    contents[f"{info}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: dlrun\nVersion: {version}\nSummary: One YAML recipe in, a trained, evaluated, exported model out\n"
        f"License: Apache-2.0\nRequires-Dist: {requires}\n{extra}Requires-Python: >=3.10\nDescription-Content-Type: text/markdown\n\n{readme}".encode(),
        0,
    )
    contents[f"{info}/WHEEL"] = (f"Wheel-Version: 1.0\nGenerator: dlrun\nRoot-Is-Purelib: false\nTag: {tag}\n".encode(), 0)
    contents[f"{info}/entry_points.txt"] = (b"[console_scripts]\ndlrun = dlrun:main\n", 0)
    contents[f"{info}/LICENSE"] = ((tree / "share/doc/dlrun/LICENSE").read_bytes(), 0)
    record = ""
    for name, (data, _) in contents.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(data)}\n"
    contents[f"{info}/RECORD"] = (record + f"{info}/RECORD,,\n").encode(), 0
    output.mkdir(parents=True, exist_ok=True)
    wheel = output / f"dlrun-{version}-{tag}.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, (data, executable) in contents.items():
            entry = zipfile.ZipInfo(name, epoch)
            entry.external_attr = (0o100755 if executable else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    print(wheel)


main()

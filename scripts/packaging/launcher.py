"""dlrun for Python's package manager: the program lies in this folder, and nothing of Python is left once it runs."""

import os
import sys

__version__ = "@VERSION@"


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    # The engine looks for libtorch beside this folder. Where Python has it elsewhere (a package of the user above one of the
    # system) that folder is named, without importing it.
    if not os.path.exists(os.path.join(here, "..", "torch", "lib", "libtorch_cpu.so")):
        import importlib.util

        torch = importlib.util.find_spec("torch")
        if torch and torch.origin:
            libraries = os.path.join(os.path.dirname(torch.origin), "lib")
            before = os.environ.get("LD_LIBRARY_PATH")
            os.environ["LD_LIBRARY_PATH"] = libraries + (":" + before if before else "")
    program = os.path.join(here, "bin", "dlrun")
    os.execv(program, [program, *sys.argv[1:]])

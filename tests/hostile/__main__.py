"""Check each of the worst files in a process of its own, and write what it took: seconds of CPU, MiB, name."""

import os
import resource
import sys
import time
from pathlib import Path

from gitops_breakglass.adapters import yamlfile
from gitops_breakglass.adapters.bundled import schema_catalog
from gitops_breakglass.adapters.folder import read_folder
from gitops_breakglass.flows.check import check
from tests.hostile.inputs import INPUTS

FILES = read_folder(Path(__file__).parents[2] / "examples" / "access-repo").files
MOST_MEMORY = 1 << 30
"""Bytes of address space, so that one that grows without end fails alone and not with the machine."""


def measure(path, text):
    resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    begin = time.process_time()
    check({**FILES, path: text.encode()}, loader=yamlfile.load, catalog=schema_catalog())
    return time.process_time() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(names):
    check(FILES, loader=yamlfile.load, catalog=schema_catalog())
    for name in names or INPUTS:
        sys.stdout.flush()
        if (child := os.fork()) == 0:
            seconds, mebibytes = measure(*INPUTS[name])
            print(f"{seconds:.2f} {mebibytes:.0f} {name}", flush=True)
            os._exit(0)
        if os.waitpid(child, 0)[1] != 0:
            print(f"inf inf {name}")


if __name__ == "__main__":
    main(sys.argv[1:])

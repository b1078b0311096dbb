"""Start one process on given cores and print its cost. This is a separate process because a fork inherits its parent's peak memory.

Usage: launch.py CORES OUTPUT COMMAND..., where CORES is like 0,1 or - and OUTPUT is the file that takes the command's stdout.
"""

import json
import os
import sys
import time


def main(cores: str, output: str, *command: str) -> None:
    """Run the command to its end and print wall time, CPU time, peak memory of the largest process and exit code as JSON."""
    if cores != "-":
        os.sched_setaffinity(0, [int(core) for core in cores.split(",")])
    stdout = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    started = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, stdout, 1)])
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - started
    unit = 1 if sys.platform == "darwin" else 1024
    cost = {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "rss": usage.ru_maxrss * unit, "code": os.waitstatus_to_exitcode(status)}
    print(json.dumps(cost))


if __name__ == "__main__":
    main(*sys.argv[1:])

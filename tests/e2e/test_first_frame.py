#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The time to the first frame as `hvnet probe --json` reports it: printed, and checked to be there. test_first_frame.py HVNET"""
import json
import os
import sys

from tap import Place, run_cases

HVNET = os.path.abspath(sys.argv[1])


def first_frame():
    with Place() as place:
        result = place.run(HVNET, 'probe', '--json')
        assert result.returncode == 0, result.stderr
        milliseconds = json.loads(result.stdout)['first_frame_ms']
        assert milliseconds > 0, milliseconds
        print(f'# first frame after {milliseconds} ms')
        assert place.left_behind() == [], place.left_behind()


if __name__ == '__main__':
    sys.exit(run_cases('/e2e', [('first-frame', first_frame)]))

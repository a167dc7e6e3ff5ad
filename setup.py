# SPDX-License-Identifier: MIT
"""Build every .pyx below samplers/ by glob: a new strategy needs no line here.

SAMPLERS_BOUNDSCHECK=1 compiles with bounds checks, for a debugging run of the tests.

The modules do not declare that they are freethreading_compatible: streams are reserved atomically and the thread pool
rests on locks, but no free-threaded Python was at hand to show it. There they run with the global lock.
"""

import os
from glob import glob

from Cython.Build import cythonize
from setuptools import setup

checked = os.environ.get("SAMPLERS_BOUNDSCHECK") == "1"

extensions = cythonize(
    ["samplers/**/*.pyx"],
    compiler_directives={
        "language_level": 3,
        "binding": True,
        "embedsignature": True,
        "boundscheck": checked,
        "cdivision": True,
        "initializedcheck": checked,
    },
)
for extension in extensions:
    extension.depends += glob("samplers/kernels/*.h")  # built again when a header changes

setup(ext_modules=extensions)

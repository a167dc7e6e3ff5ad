# SPDX-License-Identifier: MIT
"""Build every .pyx below samplers/ by glob: a new strategy needs no line here.

SAMPLERS_BOUNDSCHECK=1 compiles with bounds checks, for a debugging run of the tests. Give ``build_ext --force`` on the
way there and on the way back: setuptools looks at times alone, and the modules have the same names.

SAMPLERS_SANITIZE=1 compiles with bounds checks, AddressSanitizer and UndefinedBehaviorSanitizer. Python loads the
result only with the compiler's sanitizer runtime before everything else: `make sanitize` builds it into a directory of
its own and runs it.

The modules do not declare that they are freethreading_compatible: streams are reserved atomically and the thread pool
rests on locks, but no free-threaded Python was at hand to show it. There they run with the global lock.
"""

import os
from glob import glob

import numpy as np
from Cython.Build import cythonize
from setuptools import setup

sanitized = os.environ.get("SAMPLERS_SANITIZE") == "1"
checked = sanitized or os.environ.get("SAMPLERS_BOUNDSCHECK") == "1"

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
    # Cython looks at times alone too: the C of one kind of build would serve the other, if they shared a place.
    build_dir="build/checked" if checked else None,
)
for extension in extensions:
    extension.include_dirs.append(np.get_include())
    # A fused product and sum is rounded once: weights would differ between processors (samplers/kernels/powers.h).
    extension.extra_compile_args.append("-ffp-contract=off")
    extension.define_macros.append(("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION"))
    extension.depends += ["setup.py", *glob("samplers/kernels/*.h")]  # built again when flags or a header change
    if sanitized:
        runtimes = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]
        extension.extra_compile_args += [*runtimes, "-fno-omit-frame-pointer", "-g", "-O1"]
        # Python's own flags have -fwrapv: signed overflow is then defined, and not checked.
        # Stack traces need no places of variables, which cost a third of the compile time (34 s against 21 s).
        extension.extra_compile_args += ["-fno-wrapv", "-fno-var-tracking"]
        extension.extra_link_args += runtimes

setup(ext_modules=extensions)

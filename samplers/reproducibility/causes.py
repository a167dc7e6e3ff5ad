# SPDX-License-Identifier: MIT
"""What may have caused a difference: which kernels an operator uses, and which setting removes their difference."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Setting:
    """A setting that changes what kernels compute.

    Attributes
    ----------
    title : str
        What it selects.
    evidence : tuple of str
        Keys of the environment of a recording. If one of them differs, this setting is named alone.
    cure : str
        What to set so that both compute the same; ``{lower}`` stands for the lower of the two values of the evidence.
    otherwise : str
        Why it may be another one if no evidence differs.
    """

    title: str
    evidence: tuple[str, ...]
    cure: str
    otherwise: str = "of another processor or version"


# Measured with torch 2.13 on an AMD and an Intel processor: docs/reproducibility.md.
SETTINGS = {
    "aten": Setting("torch's vector instructions", ("torch capability",), "ATEN_CPU_CAPABILITY={lower}"),
    "mkl": Setting("Intel MKL's code path", ("MKL_CBWR", "MKL_ENABLE_INSTRUCTIONS"), "MKL_CBWR=COMPATIBLE"),
    "threads": Setting("the number of torch's threads", ("torch threads",), "OMP_NUM_THREADS={lower}"),
    "onednn": Setting("oneDNN's instructions", ("ONEDNN_MAX_CPU_ISA",), "ONEDNN_MAX_CPU_ISA=AVX2"),
    "precision": Setting(
        "the precision of matrix products",
        ("torch matmul precision",),
        "torch.set_float32_matmul_precision('highest')",
    ),
    "numpy": Setting(
        "NumPy's vector instructions",
        ("NPY_DISABLE_CPU_FEATURES",),
        'NPY_DISABLE_CPU_FEATURES="X86_V3 X86_V4" (the names of NumPy 2.4), or weights from integers',
    ),
    "openblas": Setting("NumPy's BLAS", ("OPENBLAS_CORETYPE",), "OPENBLAS_CORETYPE=Haswell"),
    "libm": Setting("the C library's pow", ("system",), "the same system, or weights from integers"),
    "hash": Setting(
        "the hash of strings, by which a set is ordered",
        ("PYTHONHASHSEED",),
        "PYTHONHASHSEED=0 before Python starts, or sorted(...) of the set",
        "another one in each process unless PYTHONHASHSEED is set",
    ),
}
ORDER_OF_CAPABILITIES = ("DEFAULT", "AVX2", "AVX512")

# Which settings move a kernel.
MATMUL = ("matmul 256x256x256", "matmul 64x41x16", "matmul 64x1x41")
MOVED_BY = {
    **dict.fromkeys(("exp", "log", "tanh", "sqrt", "erf"), ("mkl", "aten")),
    **dict.fromkeys(("rsqrt", "pow", "sigmoid", "logsigmoid", "softmax", "randn", "uniform"), ("aten",)),
    "sum": ("threads", "aten"),
    **dict.fromkeys((*MATMUL, "mv", "bmm"), ("mkl", "threads", "precision", "aten")),
    "conv2d": ("mkl", "onednn", "threads"),
    **dict.fromkeys(("np.exp", "np.log", "np.tanh", "np.sqrt", "np.power", "np.sum", "np.normal"), ("numpy",)),
    "np.uniform": ("numpy",),
    "np.matmul": ("openblas",),
    "math.pow": ("libm",),
    "hash": ("hash",),
}

# Which kernels an operator of ATen uses, by its name without underscores and without "foreach" and "backward".
USED_BY = {
    **dict.fromkeys(("mm", "addmm", "linear", "matmul", "addbmm"), MATMUL),
    **dict.fromkeys(("bmm", "baddbmm"), ("bmm",)),
    **dict.fromkeys(("mv", "addmv", "dot", "vdot"), ("mv",)),
    **dict.fromkeys(("convolution", "mkldnn_convolution", "conv2d", "slow_conv2d", "thnn_conv2d"), ("conv2d", *MATMUL)),
    **dict.fromkeys(
        ("scaled_dot_product_flash_attention_for_cpu", "transformer_encoder_layer_fwd"), (*MATMUL, "bmm", "softmax")
    ),
    **dict.fromkeys(("exp", "exp2", "expm1", "softplus", "elu", "celu"), ("exp",)),
    **dict.fromkeys(("log", "log1p", "log2", "log10", "binary_cross_entropy"), ("log",)),
    "binary_cross_entropy_with_logits": ("exp", "log"),
    "logsumexp": ("exp", "log", "sum"),
    "log_softmax": ("softmax", "exp", "log"),
    "softmax": ("softmax",),
    "tanh": ("tanh",),
    "erf": ("erf",),
    "gelu": ("erf", "tanh"),
    **dict.fromkeys(("sigmoid", "silu"), ("sigmoid",)),
    "log_sigmoid": ("logsigmoid",),
    "sqrt": ("sqrt",),
    "rsqrt": ("rsqrt",),
    "pow": ("pow",),
    **dict.fromkeys(("sum", "mean", "nll_loss", "mse_loss", "smooth_l1_loss", "linalg_vector_norm", "norm"), ("sum",)),
    **dict.fromkeys(("var", "var_mean", "std"), ("sum", "sqrt")),
    **dict.fromkeys(("native_layer_norm", "native_batch_norm", "native_group_norm"), ("sum", "rsqrt")),
    **dict.fromkeys(("normal", "randn"), ("randn",)),
    **dict.fromkeys(("uniform", "rand"), ("uniform",)),
}
# They draw from a generator, which is no argument that can be compared.
RANDOM = {"bernoulli", "native_dropout", "normal", "randn", "uniform", "rand", "randint", "randperm", "random"}
RANDOM |= {"multinomial", "exponential", "geometric", "cauchy", "rrelu_with_noise", "rand_like", "randn_like"}
# A first difference that is larger, relative to the largest element, is not that of a kernel: kernels differ by ulps,
# which for float32 is 1e-7 to 1e-5, and another seed gives about 1.
MOST_OF_A_KERNEL = 1e-3

USED_BY_KIND = {
    "initial weights": ("randn", "uniform", "np.normal", "np.uniform"),
    "weights of the law": ("np.power", "np.exp", "np.log", "math.pow", "pow"),
}


def base_name(item: str) -> str:
    """The operator of an item of the stage of operators: "_foreach_add_.List output 3" is "add"."""
    name = item.partition(".")[0].strip("_").removeprefix("foreach_").removesuffix("_")
    name = name.removesuffix("_forward").removesuffix("_backward_data").removesuffix("_backward")
    return name


def kernels_of(operators: Iterable[str]) -> set[str]:
    """The kernels that operators use."""
    return {kernel for name in operators for kernel in USED_BY.get(base_name(name), ())}


def apart(a: Mapping[str, str], b: Mapping[str, str]) -> list[str]:
    """Keys of both whose values differ, in the order of the first."""
    return [key for key in a if key in b and a[key] != b[key]]


@dataclass(frozen=True)
class Cause:
    """A likely cause of a difference.

    Attributes
    ----------
    text : str
        What it is.
    cure : str
        What to do so that it goes away.
    kernels : tuple of str
        The kernels that compute something else; empty if it is no kernel.
    """

    text: str
    cure: str
    kernels: tuple[str, ...] = ()


def causes_of_kernels(kernels: Collection[str], a: Mapping[str, str], b: Mapping[str, str]) -> list[Cause]:
    """Why kernels differ between two environments, a cause for each setting.

    A setting that differs between the two is named alone. Otherwise two machines compute different things under the
    same settings, and all settings that move the kernel are named.
    """
    reasons: dict[str, list[str]] = {}
    for kernel in sorted(kernels):
        moved_by = MOVED_BY.get(kernel, ())
        proven = [name for name in moved_by if any(a.get(key) != b.get(key) for key in SETTINGS[name].evidence)]
        for name in proven or moved_by:
            reasons.setdefault(name, []).append(kernel)
    causes = []
    for name, moved in reasons.items():
        setting = SETTINGS[name]
        seen = [
            f"{key} {a.get(key, 'unset')} and {b.get(key, 'unset')}"
            for key in setting.evidence
            if a.get(key) != b.get(key)
        ]
        text = f"{setting.title} ({'; '.join(seen)})" if seen else f"{setting.title}, {setting.otherwise}"
        causes.append(Cause(text, f"{_filled(setting, a, b)} in both", tuple(moved)))
    return [*causes, *_other_versions(kernels, a, b)]


def _filled(setting: Setting, a: Mapping[str, str], b: Mapping[str, str]) -> str:
    values = [environment.get(setting.evidence[0], "") for environment in (a, b)]
    if all(value in ORDER_OF_CAPABILITIES for value in values):
        lower = min(values, key=ORDER_OF_CAPABILITIES.index).lower()
    elif all(value.isdigit() for value in values):
        lower = str(min(map(int, values)))
    else:
        lower = "default" if "{lower}" in setting.cure else ""
    return setting.cure.replace("{lower}", lower)


def _other_versions(kernels: Collection[str], a: Mapping[str, str], b: Mapping[str, str]) -> list[Cause]:
    of_numpy = [kernel for kernel in kernels if kernel.startswith("np.")]
    of_torch = [kernel for kernel in kernels if not kernel.startswith(("np.", "math.", "hash"))]
    return [
        Cause(
            f"another version of {library}, {a[library]} and {b[library]}",
            f"the same version of {library}",
            tuple(moved),
        )
        for library, moved in (("torch", of_torch), ("numpy", of_numpy))
        if moved and library in apart(a, b)
    ]

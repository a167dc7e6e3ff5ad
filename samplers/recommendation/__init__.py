# SPDX-License-Identifier: MIT
"""From a request to the name of the sampler that serves it fastest, and the measurements that this rests on."""

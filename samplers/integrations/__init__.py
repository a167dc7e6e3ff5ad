# SPDX-License-Identifier: MIT
"""Parts of other libraries that draw with this one. They import the library, and it never imports them."""

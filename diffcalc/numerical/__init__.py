"""Method 1: difference quotients and their limit, in float64; the definition in many digits.

Imports base and language.
"""

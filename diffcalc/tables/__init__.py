"""Numbers in files: columns of text and arrays, read in chunks or whole, and written.

Imports base and language.
"""

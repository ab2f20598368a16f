"""How the pages are built: Sphinx, MyST Markdown, the furo theme; any warning fails the build."""

from importlib.metadata import version as _version

project = "multivector"
author = "the multivector authors"
version = release = _version("multivector")
project_copyright = "the multivector authors, Apache-2.0"

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
nitpicky = True

myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"multivector {version}"
html_copy_source = False
html_show_sphinx = False
html_last_updated_fmt = None  # two builds of one checkout give the same bytes

"""How Sphinx makes the site: python -m sphinx -W --keep-going docs build/site."""

from importlib.metadata import metadata

project = "gol-lottery"
author = "the authors of gol-lottery"
release = metadata("gol-lottery")["Version"]

extensions = [
    "myst_parser",  # Markdown, so that pages are read on the code's host as well
    "sphinx.ext.autodoc",  # the reference is made of docstrings
    "sphinx.ext.napoleon",  # which are in Google's style
    "sphinx.ext.viewcode",
    "sphinxcontrib.mermaid",  # the picture of the rooms, drawn by the browser; without a network its arrows are listed
    "sphinx_copybutton",
]
exclude_patterns = ["reference/**", "bench/**"]  # data, not pages
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
myst_fence_as_directive = ["mermaid"]
suppress_warnings = ["myst.header"]  # a claim's page may go from its title to a heading of another depth

default_role = "code"  # docstrings write `names` with single backticks
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
napoleon_use_ivar = True  # attributes of dataclasses stand once, in the class's own words
python_use_unqualified_type_names = True

maximum_signature_line_length = 100  # longer ones have a line for each parameter

html_theme = "furo"
html_title = "gol-lottery"
html_show_copyright = False
html_show_sphinx = False

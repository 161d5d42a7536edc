"""How Sphinx makes the site of these pages: ``make docs``."""

from omics_mock import about

project = "omics-mock"
author = "the omics-mock contributors"
project_copyright = "the omics-mock contributors, Apache-2.0"
release = about.version()

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton"]
root_doc = "index"
nitpicky = True
# What annotations name and the site does not show: other projects' classes, and those of ours that nobody needs to know.
_SHOWN = r"omics_mock\.(OmicsMock|exceptions\.(?!ServiceError)|server\.Omics)"
nitpick_ignore_regex = [("py:.*", rf"(?!{_SHOWN}).*")]

myst_heading_anchors = 4  # the same names for headings that code hosts give them

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 88

html_theme = "furo"
html_title = "omics-mock"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False

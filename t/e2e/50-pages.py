#!/usr/bin/env python3
"""Every page: both themes, two widths, with and without script."""
# takes: 200 s
import pages

pages.run("pages")

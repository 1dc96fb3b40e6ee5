#!/usr/bin/env python3
"""Pages behind a form or a mail, what script adds, and the checks' controls."""
# takes: 80 s
import pages

pages.run("states")

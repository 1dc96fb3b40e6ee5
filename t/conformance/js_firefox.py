#!/usr/bin/env python3
"""The browser entries of sdk/js in Firefox: the walk of js_browser.py."""
import js_browser
from e2e import tap

tap.run(lambda: js_browser.main("firefox"))

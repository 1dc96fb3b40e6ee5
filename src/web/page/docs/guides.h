/*
 * guides.h - the quickstarts, one for each SDK: steps of text and code, in
 * reading order. In the code @URL@, @KEY@ and @ENV@ stand for the real values
 * (snippet_fill). The names in it are those of the SDK's public interface;
 * t/e2e/98-docs.py runs what it can.
 */
#ifndef TM_WEB_PAGE_DOCS_GUIDES_H
#define TM_WEB_PAGE_DOCS_GUIDES_H

#include "base/base.h"

struct guide {
	const char *id, *name;
	const char *about; /* a sentence: what it is for */
};

struct guide_step {
	const char *guide; /* id */
	const char *title, *text;
	const char *code;  /* "" = none */
	const char *where; /* a file's name, GUIDE_SHELL, "" = somewhere in the app */
};

#define GUIDE_SHELL "a terminal"

extern const struct guide guides[];
extern const size_t nguides;
extern const struct guide_step guide_steps[];
extern const size_t nguide_steps;

#endif

/*
 * stack.h - the text of a stack trace to frames. Pure.
 *
 * Reads what runtimes print: Dart (plain, AOT with addresses, the terse form
 * of package:stack_trace), Java and Kotlin, JavaScript (V8, SpiderMonkey,
 * JavaScriptCore, Hermes), Python, Swift and Objective-C, Go, and native
 * Android tombstones. A line that no reader knows is no frame; it is counted,
 * never an error. Frames come innermost first, whatever the runtime prints.
 *
 * Of a chain of causes (Java "Caused by:", Python "The above exception…")
 * the frames of the root cause come first.
 */
#ifndef TM_INGEST_STACK_H
#define TM_INGEST_STACK_H

#include "base/task.h"

#define STACK_FRAMES_MAX 256
#define STACK_LINES_MAX 2000
/* At the end of a frame's line: its sender says that it is not the app's own,
 * which the table of prefixes does not know (ingest/foreign/exception). */
#define STACK_MARK " [not in app]"

enum stack_form {
	STACK_NONE, STACK_DART, STACK_DART_AOT, STACK_JAVA, STACK_JS, STACK_PYTHON,
	STACK_APPLE, STACK_GO, STACK_NATIVE, STACK_FORMS
};

struct frame {
	enum stack_form form;
	struct str function;  /* as printed, without arguments; "" unknown */
	struct str place;     /* file, URL, package file or library; "" unknown */
	int64_t line, column; /* 0 unknown */
	bool inlined;         /* by the compiler, into the frame after it (symbols only) */
	uint64_t address;     /* AOT: offset in the build's code; native: pc */
	struct str build_id;  /* native frames that name one */
	bool in_app;          /* not the runtime's, the framework's or a package's */
};

struct stack {
	struct frame *frame;
	size_t n;
	struct str build_id;  /* Dart AOT header, lower-case hex; "" none */
	struct str arch;      /* "arm64" …; "" unknown */
	size_t unread;        /* lines that are no frame */
	bool cut;             /* more frames or lines than the bounds */
};

/* Task memory; strings borrowed from text. */
void stack_parse(struct task *t, struct str text, struct stack *out);

/* "dart", "java" … for pages and API. */
const char *stack_form_name(enum stack_form f);
/* stack_fold.c: is it the app's own code? From one table of prefixes. */
bool stack_is_own(const struct frame *f);

#endif

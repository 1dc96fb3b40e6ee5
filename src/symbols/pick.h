/*
 * pick.h - parts of a large JSON text, without building a tree: source maps
 * carry whole programs that nobody asks for here. Pure; linear in the text.
 *
 * Lenient about what is skipped (only strings and nesting are followed),
 * strict about where it is: *ok turns false when the text ends too early.
 */
#ifndef TM_SYMBOLS_PICK_H
#define TM_SYMBOLS_PICK_H

#include "base/task.h"

struct pick {
	struct str text;
	size_t i;
	bool ok;
};

struct pick pick_of(struct str text);
/* Inside an object or array: begin with the opening bracket, then member by
 * member until false. A value that is not taken must be skipped. */
bool pick_begin(struct pick *p, char bracket);
/* The next key, as written without its quotes; the value follows. */
bool pick_member(struct pick *p, struct str *key);
bool pick_element(struct pick *p);
/* The value as written. */
struct str pick_value(struct pick *p);
/* A string value's text between the quotes, escapes and all; false and
 * skipped when it is another value. */
bool pick_string(struct pick *p, struct str *raw);
/* Escapes undone (also a lone surrogate, as U+FFFD). Task memory. */
struct str pick_plain(struct task *t, struct str raw);

#endif

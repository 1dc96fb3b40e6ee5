/* schema_node.h - a compiled schema; private to model/governance/schema*.c. */
#ifndef TM_MODEL_SCHEMA_NODE_H
#define TM_MODEL_SCHEMA_NODE_H

#include "base/pattern.h"
#include "model/governance/schema.h"

enum schema_type {
	SCHEMA_NULL, SCHEMA_BOOLEAN, SCHEMA_INTEGER, SCHEMA_NUMBER, SCHEMA_STRING, SCHEMA_ARRAY,
	SCHEMA_OBJECT,
	SCHEMA_TYPES
};
extern const char *const schema_type_names[SCHEMA_TYPES];

struct schema_constant {
	enum schema_type type;
	struct str text;
	double number; /* also 0 or 1 of a boolean */
};

struct schema_member {
	struct str name;
	struct schema *schema; /* NULL = anything */
	bool required;
	bool listed;           /* stands in properties */
};

struct schema {
	unsigned types; /* bits of enum schema_type; 0 = any */
	struct schema_constant *constant;
	size_t nconstants, constants_cap; /* 0 = anything */
	struct schema_member *member;     /* by name */
	size_t nmembers, members_cap;
	bool closed;           /* no members but the listed ones */
	struct schema *rest;   /* of members that are not listed */
	struct schema *items;
	struct pattern *pattern;
	double minimum, maximum, above, below;
	size_t min_length, max_length, min_items, max_items;
};

#endif

-- An id may stand in the name of a namespace, and in a schema somebody wrote
-- for it: an erasure takes it out there as everywhere (jobs/erase_names.c).
-- Then the door reads its rules again, and consumers forget the name.
GRANT UPDATE (name) ON namespaces TO tidemark_consumer;
GRANT UPDATE (namespace, event, schema) ON namespace_schemas TO tidemark_consumer;
GRANT UPDATE (rules_version) ON environments TO tidemark_consumer;

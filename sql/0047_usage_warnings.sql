-- What a team was told of a limit counts for that limit: with a larger one it
-- is told again in the same month.
GRANT UPDATE ON usage_warnings TO tidemark_consumer;

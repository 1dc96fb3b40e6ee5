-- no-transaction
-- Chain the entries there are, in batches; can be repeated.
CALL audit_chain_all();

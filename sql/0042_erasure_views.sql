-- A view that somebody saved may name a person in its filter or its title: the
-- search of an erasure reads these too, and takes the id out (jobs/erase_names.c).
CREATE POLICY consumer_all ON saved_views TO tidemark_consumer USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE (name, query) ON saved_views TO tidemark_consumer;

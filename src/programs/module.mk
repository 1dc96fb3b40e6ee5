# Link order is the layer order, highest first.
LIBS_L3 = src/web/libweb.a src/jobs/libjobs.a
LIBS_L2 = src/query/libquery.a src/ingest/libingest.a src/model/libmodel.a
LIBS_L1 = src/store/libstore.a src/queue/libqueue.a src/http/libhttp.a src/view/libview.a
LIBS_L0 = src/base/libbase.a
LIBS_THIRD_BASE = $(JSONC_LIBS) $(CRYPTO_LIBS) $(ARGON2_LIBS) $(SIMDJSON_LIBS)

# Unit tests mirror src/: t/unit/<folder>/<module>.c, one cmocka program each.
include t/unit/base/module.mk
include t/unit/programs/module.mk
include t/unit/store/module.mk
include t/unit/queue/module.mk
include t/unit/http/module.mk
include t/unit/view/module.mk
include t/unit/mail/module.mk
include t/unit/model/module.mk
include t/unit/ingest/module.mk
include t/unit/symbols/module.mk
include t/unit/query/module.mk
include t/unit/web/module.mk
include t/style/module.mk
include t/db/module.mk
include t/fuzz/module.mk
include t/bench/module.mk

# What is run from its folder. Python's caches stay behind.
EXTRA_DIST += t/README t/run t/lib/dev t/lib/lint t/lib/pg-start.sh t/lib/dart_vm.py t/lib/outbox.py t/lib/source.py \
	t/lib/schema.py t/lib/openapi.py t/lib/front.py t/lib/stores.py t/lib/tap.py t/lib/site_http.py t/lib/browser.py t/chaos t/conformance t/e2e t/db/backup.py t/db/ctl.py t/db/replica.py t/db/setup.py t/db/upgrade.py
dist-tests:
	find "$(distdir)" -name __pycache__ -exec rm -rf {} +

# Unit tests mirror src/: t/unit/<folder>/<module>.c, one cmocka program each.
include t/unit/base/module.mk
include t/unit/store/module.mk
include t/unit/queue/module.mk
include t/unit/http/module.mk
include t/unit/view/module.mk
include t/unit/model/module.mk
include t/unit/ingest/module.mk
include t/unit/query/module.mk
include t/unit/web/module.mk
include t/style/module.mk
include t/db/module.mk
include t/fuzz/module.mk
include t/bench/module.mk

# tidemark.h is made of sdk/c/src, into the build tree and the tarball. It is not
# kept in git: two copies of one text would drift apart.
SDK_C_PARTS = sdk/c/src/api.h sdk/c/src/buf.h sdk/c/src/calls.h sdk/c/src/client.h \
	sdk/c/src/folder.h sdk/c/src/http.h sdk/c/src/json_read.h sdk/c/src/json_write.h \
	sdk/c/src/ledger.h sdk/c/src/life.h sdk/c/src/platform.h sdk/c/src/queue.h \
	sdk/c/src/record.h sdk/c/src/remote.h sdk/c/src/sample.h sdk/c/src/segment.h \
	sdk/c/src/sender.h sdk/c/src/signals.h sdk/c/src/stack.h sdk/c/src/text.h \
	sdk/c/src/uuid.h sdk/c/src/value.h

noinst_DATA += sdk/c/tidemark.h
CLEANFILES += sdk/c/tidemark.h

sdk/c/tidemark.h: sdk/c/amalgamate $(SDK_C_PARTS)
	$(AM_V_GEN)$(MKDIR_P) sdk/c && \
	sh $(srcdir)/sdk/c/amalgamate $(srcdir)/sdk/c/src >$@.new && mv $@.new $@

.PHONY: dist-sdk-c
dist-sdk-c:
	sh $(srcdir)/sdk/c/amalgamate $(srcdir)/sdk/c/src >$(distdir)/sdk/c/tidemark.h

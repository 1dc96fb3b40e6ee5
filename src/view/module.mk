noinst_LIBRARIES += src/view/libview.a
src_view_libview_a_CPPFLAGS = $(AM_CPPFLAGS) $(CTEMPLATE_CFLAGS) $(QRENCODE_CFLAGS) $(GD_CFLAGS)
src_view_libview_a_SOURCES = \
	src/view/agent.c src/view/agent.h \
	src/view/chart.c src/view/chart.h src/view/chart_text.c \
	src/view/format.c src/view/format.h \
	src/view/histogram.c src/view/histogram.h src/view/picture.c src/view/picture.h \
	src/view/qr.c src/view/qr.h \
	src/view/view.h src/view/view_ctemplate.cc

noinst_LIBRARIES += src/view/libview.a
src_view_libview_a_CPPFLAGS = $(AM_CPPFLAGS) $(CTEMPLATE_CFLAGS)
src_view_libview_a_SOURCES =

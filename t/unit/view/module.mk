check_PROGRAMS += t/unit/view/chart
t_unit_view_chart_SOURCES = t/unit/view/chart.c t/unit/test.h
nodist_EXTRA_t_unit_view_chart_SOURCES = force.cc
t_unit_view_chart_LDADD = src/view/libview.a src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/view/format
t_unit_view_format_SOURCES = t/unit/view/format.c t/unit/test.h
nodist_EXTRA_t_unit_view_format_SOURCES = force.cc
t_unit_view_format_LDADD = src/view/libview.a src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/view/view
t_unit_view_view_SOURCES = t/unit/view/view.c t/unit/test.h
nodist_EXTRA_t_unit_view_view_SOURCES = force.cc
t_unit_view_view_LDADD = src/view/libview.a src/base/libbase.a $(CTEMPLATE_LIBS) $(LIBS_THIRD_BASE) \
	$(CMOCKA_LIBS)

check_PROGRAMS += t/unit/view/qr
t_unit_view_qr_SOURCES = t/unit/view/qr.c t/unit/test.h
nodist_EXTRA_t_unit_view_qr_SOURCES = force.cc
t_unit_view_qr_LDADD = src/view/libview.a src/base/libbase.a $(QRENCODE_LIBS) $(LIBS_THIRD_BASE) \
	$(CMOCKA_LIBS)

check_PROGRAMS += t/unit/view/picture
t_unit_view_picture_SOURCES = t/unit/view/picture.c t/unit/test.h
nodist_EXTRA_t_unit_view_picture_SOURCES = force.cc
t_unit_view_picture_CPPFLAGS = $(AM_CPPFLAGS) $(GD_CFLAGS)
t_unit_view_picture_LDADD = src/view/libview.a src/base/libbase.a $(GD_LIBS) $(LIBS_THIRD_BASE) \
	$(CMOCKA_LIBS)

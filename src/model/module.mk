noinst_LIBRARIES += src/model/libmodel.a
src_model_libmodel_a_CPPFLAGS = $(AM_CPPFLAGS) 
src_model_libmodel_a_SOURCES =

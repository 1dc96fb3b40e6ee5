/* stack_fold.c - whose code a frame is: one table. What no row names is the
 * app's own. */
#include "base/str.h"
#include "ingest/stack.h"

enum where {
	PLACE,    /* the place begins so */
	INSIDE,   /* the place holds it */
	FUNCTION, /* the function begins so */
	OF_PACKAGE, /* the name of the place's Dart package ends so */
	LIBRARY,  /* the place's last part is it, or begins so when it ends in * */
};

static const struct foreign {
	unsigned forms; /* bits of 1 << enum stack_form */
	enum where where;
	const char *text;
} FOREIGN[] = {
#define DART (1u << STACK_DART)
	{ DART, PLACE, "dart:" }, { DART, PLACE, "package:flutter/" },
	{ DART, PLACE, "package:flutter_test/" }, { DART, PLACE, "package:flutter_bloc/" },
	{ DART, PLACE, "package:flutter_riverpod/" }, { DART, PLACE, "package:flutter_web_plugins/" },
	 { DART, PLACE, "org-dartlang-sdk:" },
	{ DART, PLACE, "package:async/" }, { DART, PLACE, "package:stack_trace/" },
	{ DART, PLACE, "package:dio/" }, { DART, PLACE, "package:http/" },
	{ DART, PLACE, "package:provider/" }, { DART, PLACE, "package:bloc/" },
	{ DART, PLACE, "package:riverpod/" }, { DART, PLACE, "package:test_api/" },
	{ DART, PLACE, "package:rxdart/" }, { DART, PLACE, "package:sqflite" },
	{ DART, PLACE, "package:cached_network_image" }, { DART, INSIDE, "dart-sdk/lib" },
	{ DART, INSIDE, "/.pub-cache/" }, { DART, PLACE, "package:get/" },
	{ DART, PLACE, "package:collection/" }, { DART, PLACE, "package:sentry" },
	{ DART, INSIDE, ".g.dart" }, { DART, INSIDE, ".freezed.dart" },
	{ DART, PLACE, "package:tidemark" },
	/* a plugin is split by system into packages named so */
	{ DART, OF_PACKAGE, "_platform_interface" }, { DART, OF_PACKAGE, "_android" },
	{ DART, OF_PACKAGE, "_foundation" }, { DART, OF_PACKAGE, "_ios" },
	/* the packages that most apps are built with */
	{ DART, PLACE, "package:firebase_" },
	{ DART, PLACE, "package:google_sign_in/" },
	{ DART, PLACE, "package:google_maps_flutter/" },
	{ DART, PLACE, "package:cloud_firestore/" },
	{ DART, PLACE, "package:shared_preferences/" }, { DART, PLACE, "package:path_provider/" },
	{ DART, PLACE, "package:url_launcher/" }, { DART, PLACE, "package:image_picker/" },
	{ DART, PLACE, "package:camera/" }, { DART, PLACE, "package:video_player/" },
	{ DART, PLACE, "package:webview_flutter/" }, { DART, PLACE, "package:in_app_purchase/" },
	{ DART, PLACE, "package:geolocator/" }, { DART, PLACE, "package:permission_handler/" },
	{ DART, PLACE, "package:connectivity_plus/" }, { DART, PLACE, "package:go_router/" },
	{ DART, PLACE, "package:auto_route/" }, { DART, PLACE, "package:hive/" },
	{ DART, PLACE, "package:hive_flutter/" }, { DART, PLACE, "package:isar/" },
	{ DART, PLACE, "package:drift/" }, { DART, PLACE, "package:get_it/" },
	{ DART, PLACE, "package:mobx/" }, { DART, PLACE, "package:flutter_mobx/" },
	{ DART, PLACE, "package:grpc/" }, { DART, PLACE, "package:web_socket_channel/" },
	{ DART, PLACE, "package:graphql/" }, { DART, PLACE, "package:graphql_flutter/" },
	{ DART, PLACE, "package:intl/" }, { DART, PLACE, "package:just_audio/" },
#define JAVA (1u << STACK_JAVA)
	{ JAVA, FUNCTION, "java." }, { JAVA, FUNCTION, "javax." }, { JAVA, FUNCTION, "jdk." },
	{ JAVA, FUNCTION, "sun." }, { JAVA, FUNCTION, "com.sun." },
	{ JAVA, FUNCTION, "android." }, { JAVA, FUNCTION, "androidx." },
	{ JAVA, FUNCTION, "com.android." }, { JAVA, FUNCTION, "dalvik." },
	{ JAVA, FUNCTION, "libcore." }, { JAVA, FUNCTION, "kotlin." },
	{ JAVA, FUNCTION, "kotlinx." }, { JAVA, FUNCTION, "com.google.android." },
	{ JAVA, FUNCTION, "com.google.firebase." }, { JAVA, FUNCTION, "com.google.common." },
	{ JAVA, FUNCTION, "io.flutter." }, { JAVA, FUNCTION, "com.facebook.react." },
	{ JAVA, FUNCTION, "okhttp3." }, { JAVA, FUNCTION, "okio." },
	{ JAVA, FUNCTION, "_COROUTINE." }, { JAVA, FUNCTION, "retrofit2." }, { JAVA, FUNCTION, "io.reactivex." },
	{ JAVA, FUNCTION, "rx." }, { JAVA, FUNCTION, "dagger." },
	{ JAVA, FUNCTION, "org.springframework." }, { JAVA, FUNCTION, "org.apache." },
	{ JAVA, FUNCTION, "org.jetbrains." }, { JAVA, FUNCTION, "reactor." },
	{ JAVA, FUNCTION, "org.json." }, { JAVA, FUNCTION, "com.squareup." },
	{ JAVA, FUNCTION, "org.chromium." }, { JAVA, FUNCTION, "leakcanary." },
	/* what makers put into Android's own code */
	{ JAVA, FUNCTION, "com.samsung.android." }, { JAVA, FUNCTION, "com.huawei.android." },
	{ JAVA, FUNCTION, "huawei.android." }, { JAVA, FUNCTION, "com.miui." },
	{ JAVA, FUNCTION, "miui." }, { JAVA, FUNCTION, "com.oplus." },
	{ JAVA, FUNCTION, "com.qualcomm." }, { JAVA, FUNCTION, "com.mediatek." },
#define JS (1u << STACK_JS)
	{ JS, PLACE, "node:" }, { JS, PLACE, "internal/" }, { JS, PLACE, "<anonymous>" },
	{ JS, PLACE, "index " }, /* "async Promise.all (index 0)" */
	{ JS, PLACE, "[native code]" }, { JS, PLACE, "native" }, { JS, INSIDE, "node_modules/" },
	{ JS, INSIDE, "webpack/bootstrap" }, { JS, INSIDE, "webpack/runtime" },
	{ JS, PLACE, "chrome-extension:" }, { JS, PLACE, "moz-extension:" },
	{ JS, PLACE, "safari-extension:" }, { JS, PLACE, "safari-web-extension:" },
	/* Node before 16 names its own files so, without a folder */
	{ JS, PLACE, "fs.js" }, { JS, PLACE, "events.js" }, { JS, PLACE, "net.js" },
	{ JS, PLACE, "module.js" }, { JS, PLACE, "timers.js" }, { JS, PLACE, "dns.js" },
	{ JS, PLACE, "vm.js" }, { JS, PLACE, "_http_" }, { JS, PLACE, "_stream_" },
	{ JS, PLACE, "_tls_" }, { JS, PLACE, "child_process.js" }, { JS, PLACE, "zlib.js" },
	{ JS, LIBRARY, "vendor*" }, { JS, LIBRARY, "chunk-vendors*" },
	{ JS, LIBRARY, "react-dom*" }, { JS, LIBRARY, "polyfills*" },
	{ JS, LIBRARY, "zone.js" }, { JS, LIBRARY, "InternalBytecode.js" },
	{ JS, PLACE, "dart:" }, { JS, INSIDE, "dart_sdk.js" },
	/* React and React Native in the app's own bundle, by the names of their functions */
	{ JS, FUNCTION, "renderWithHooks" }, { JS, FUNCTION, "beginWork" },
	{ JS, FUNCTION, "beginWork$1" }, { JS, FUNCTION, "performUnitOfWork" },
	{ JS, FUNCTION, "workLoopSync" }, { JS, FUNCTION, "workLoopConcurrent" },
	{ JS, FUNCTION, "renderRootSync" }, { JS, FUNCTION, "renderRootConcurrent" },
	{ JS, FUNCTION, "performWorkOnRoot" }, { JS, FUNCTION, "performSyncWorkOnRoot" },
	{ JS, FUNCTION, "performConcurrentWorkOnRoot" }, { JS, FUNCTION, "updateFunctionComponent" },
	{ JS, FUNCTION, "updateClassComponent" }, { JS, FUNCTION, "updateSimpleMemoComponent" },
	{ JS, FUNCTION, "updateForwardRef" }, { JS, FUNCTION, "mountIndeterminateComponent" },
	{ JS, FUNCTION, "finishClassComponent" }, { JS, FUNCTION, "commitRootImpl" },
	{ JS, FUNCTION, "commitHookEffectListMount" }, { JS, FUNCTION, "commitHookEffectListUnmount" },
	{ JS, FUNCTION, "commitPassiveMountOnFiber" }, { JS, FUNCTION, "flushPassiveEffects" },
	{ JS, FUNCTION, "flushPassiveEffectsImpl" }, { JS, FUNCTION, "flushSyncCallbackQueue" },
	{ JS, FUNCTION, "flushSyncCallbacks" }, { JS, FUNCTION, "scheduleUpdateOnFiber" },
	{ JS, FUNCTION, "invokeGuardedCallback" }, { JS, FUNCTION, "invokeGuardedCallbackImpl" },
	{ JS, FUNCTION, "invokeGuardedCallbackProd" }, { JS, FUNCTION, "invokeGuardedCallbackDev" },
	{ JS, FUNCTION, "react_stack_bottom_frame" }, { JS, FUNCTION, "runWithFiberInDEV" },
	{ JS, FUNCTION, "callFunctionReturnFlushedQueue" }, { JS, FUNCTION, "__callFunction" },
	{ JS, FUNCTION, "__guard" }, { JS, FUNCTION, "__invokeCallback" },
	{ JS, FUNCTION, "asyncGeneratorStep" },
#define PYTHON (1u << STACK_PYTHON)
	{ PYTHON, INSIDE, "site-packages/" }, { PYTHON, INSIDE, "dist-packages/" },
	{ PYTHON, PLACE, "/usr/lib/python" }, { PYTHON, PLACE, "/usr/local/lib/python" },
	{ PYTHON, INSIDE, "/lib/python" }, { PYTHON, PLACE, "<frozen" },
	{ PYTHON, PLACE, "<string>" }, { PYTHON, INSIDE, "\\Lib\\" },
#define APPLE (1u << STACK_APPLE)
	{ APPLE, LIBRARY, "UIKit*" }, { APPLE, LIBRARY, "Foundation" },
	{ APPLE, LIBRARY, "CoreFoundation" }, { APPLE, LIBRARY, "libsystem*" },
	{ APPLE, LIBRARY, "libdispatch*" }, { APPLE, LIBRARY, "libobjc*" },
	{ APPLE, LIBRARY, "libswift*" }, { APPLE, LIBRARY, "SwiftUI*" },
	{ APPLE, LIBRARY, "GraphicsServices" }, { APPLE, LIBRARY, "QuartzCore" },
	{ APPLE, LIBRARY, "dyld*" }, { APPLE, LIBRARY, "libc++*" },
	{ APPLE, LIBRARY, "Combine" }, { APPLE, LIBRARY, "CFNetwork" },
	{ APPLE, LIBRARY, "CoreData" }, { APPLE, LIBRARY, "AttributeGraph" },
	{ APPLE, LIBRARY, "WebKit" }, { APPLE, LIBRARY, "JavaScriptCore" },
	{ APPLE, LIBRARY, "Flutter" }, { APPLE, LIBRARY, "FrontBoard*" },
	{ APPLE, LIBRARY, "BoardServices" }, { APPLE, LIBRARY, "AVF*" },
	{ APPLE, LIBRARY, "Network" }, { APPLE, LIBRARY, "Security" },
	{ APPLE, LIBRARY, "libsqlite3*" }, { APPLE, LIBRARY, "React" },
	{ APPLE, FUNCTION, "main" },
#define GO (1u << STACK_GO)
	{ GO, FUNCTION, "panic" }, { GO, INSIDE, "/pkg/mod/" }, { GO, INSIDE, "/vendor/" },
#define NATIVE (1u << STACK_NATIVE)
	{ NATIVE, PLACE, "/system/" }, { NATIVE, PLACE, "/apex/" }, { NATIVE, PLACE, "/vendor/" },
	{ NATIVE, LIBRARY, "libflutter.so" }, { NATIVE, LIBRARY, "libart.so" },
	{ NATIVE, LIBRARY, "libc.so*" }, { NATIVE, LIBRARY, "libhermes.so" },
	{ NATIVE, LIBRARY, "libjsc.so" }, { NATIVE, LIBRARY, "libreactnative*" },
	{ NATIVE, PLACE, "/lib/" }, { NATIVE, PLACE, "/usr/lib/" }, { NATIVE, PLACE, "[vdso]" },
};

/* Go's own packages by the first part of their path; a folder says nothing:
 * in containers apps lie in /go/src, and distributions have places of theirs. */
static const char *const GO_STANDARD[] = {
	"archive", "bufio", "builtin", "bytes", "cmp", "compress", "container", "context", "crypto",
	"database", "debug", "embed", "encoding", "errors", "expvar", "flag", "fmt", "go", "hash",
	"html", "image", "index", "internal", "io", "iter", "log", "maps", "math", "mime", "net",
	"os", "path", "plugin", "reflect", "regexp", "runtime", "slices", "sort", "strconv",
	"strings", "structs", "sync", "syscall", "testing", "text", "time", "unicode", "unique",
	"unsafe", "vendor", "weak",
};

/* "runtime/debug.Stack", "net.(*Dialer).Dial", "slices.SortFunc[…]" */
static bool
is_go_standard(struct str function)
{
	struct str name = str_cut(&function, '['), rest = name, first = str_cut(&rest, '/');
	if (rest.p == NULL) {
		rest = name;
		first = str_cut(&rest, '.');
	}
	for (size_t i = 0; i < NELEM(GO_STANDARD); i++)
		if (str_is(first, GO_STANDARD[i]))
			return true;
	return false;
}

static bool
library_is(struct str place, struct str want)
{
	for (size_t i = place.n; i > 0; i--) {
		if (place.p[i - 1] == '/' || place.p[i - 1] == '\\') {
			place = str_slice(place, i, place.n);
			break;
		}
	}
	if (want.n > 0 && want.p[want.n - 1] == '*')
		return str_starts(place, str_slice(want, 0, want.n - 1));
	return str_eq(place, want);
}

/* "package:camera_android/src/x.dart": camera_android */
static bool
package_ends(struct str place, struct str end)
{
	return str_starts(place, STR("package:")) && str_ends(str_cut(&place, '/'), end);
}

static bool
matches(const struct frame *f, const struct foreign *row)
{
	struct str text = str_of(row->text);
	switch (row->where) {
	case PLACE:
		return str_starts(f->place, text);
	case INSIDE:
		return f->place.n > 0 && memmem(f->place.p, f->place.n, text.p, text.n) != NULL;
	case FUNCTION:
		/* "main", "panic": the whole name */
		return str_ends(text, STR(".")) || str_ends(text, STR("/")) ?
		       str_starts(f->function, text) : str_eq(f->function, text);
	case OF_PACKAGE:
		return package_ends(f->place, text);
	case LIBRARY:
		return library_is(f->place, text);
	}
	return false;
}

bool
stack_is_own(const struct frame *f)
{
	if (f->form == STACK_DART_AOT) /* one image: known only with symbols */
		return true;
	if (f->form == STACK_GO && is_go_standard(f->function))
		return false;
	for (size_t i = 0; i < NELEM(FOREIGN); i++)
		if ((FOREIGN[i].forms & 1u << f->form) != 0 && matches(f, &FOREIGN[i]))
			return false;
	return f->function.n > 0 || f->place.n > 0;
}

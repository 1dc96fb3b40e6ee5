#include "view/picture.h"

#include <gd.h>

#include "base/str.h"
#include "t/unit/test.h"
#include "view/agent.h"

/* A picture of w × h made by libgd itself; the bytes are task memory. */
static struct str
made(struct task *t, int w, int h, enum picture_kind kind)
{
	int n = 0;
	gdImagePtr im = gdImageCreateTrueColor(w, h);
	gdImageFilledRectangle(im, 0, 0, w - 1, h - 1, 0x2080C0);
	gdImageFilledRectangle(im, 0, 0, w / 4, h - 1, 0xFF0000);
	void *p = kind == PICTURE_PNG ? gdImagePngPtr(im, &n) :
	    kind == PICTURE_JPEG ? gdImageJpegPtr(im, &n, 90) : gdImageWebpPtr(im, &n);
	gdImageDestroy(im);
	assert_non_null(p);
	struct str s = arena_str(t->arena, (struct str){ p, (size_t)n });
	gdFree(p);
	return s;
}

static void
three_kinds(void **state)
{
	static const enum picture_kind kinds[] = { PICTURE_PNG, PICTURE_JPEG, PICTURE_WEBP };
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(kinds); i++) {
		struct str data = made(t, 300, 40, kinds[i]), png;
		struct picture_head head = picture_head(data);
		assert_int_equal(head.kind, kinds[i]);
		assert_int_equal(head.width, 300);
		assert_int_equal(head.height, 40);
		assert_int_equal(picture_make(t, data, &png), E_OK);
		head = picture_head(png);
		assert_int_equal(head.kind, PICTURE_PNG);
		assert_int_equal(head.width, PICTURE_SIZE);
		assert_int_equal(head.height, PICTURE_SIZE);
		/* the middle square: the red left quarter is cut away */
		gdImagePtr im = gdImageCreateFromPngPtr((int)png.n, (void *)(uintptr_t)png.p);
		int c = gdImageGetPixel(im, 2, 64);
		gdImageDestroy(im);
		assert_true((c & 0xFF) > 150 && (c >> 16 & 0xFF) < 80);
	}
}

/* Every cut and every changed byte is refused or read, never more than that. */
static void
damaged(void **state)
{
	struct task *t = *state;
	struct str data = made(t, 64, 64, PICTURE_PNG), png;
	for (size_t n = 0; n + 16 < data.n; n += 7) {
		task_clear(t);
		assert_int_equal(picture_make(t, str_slice(data, 0, n), &png), E_INVALID);
	}
	for (enum picture_kind k = PICTURE_PNG; k <= PICTURE_WEBP; k++) {
		data = made(t, 64, 64, k);
		char *p = arena_cstr(t->arena, data);
		for (size_t i = 0; i < data.n; i += 3) {
			char was = p[i];
			p[i] = (char)~was;
			task_clear(t);
			enum err e = picture_make(t, (struct str){ p, data.n }, &png);
			assert_true(e == E_OK || e == E_INVALID);
			p[i] = was;
		}
	}
}

static void
bounds(void **state)
{
	struct task *t = *state;
	struct str png, big = made(t, PICTURE_PIXELS + 1, 2, PICTURE_PNG);
	assert_int_equal(picture_make(t, made(t, PICTURE_PIXELS, 2, PICTURE_PNG), &png), E_OK);
	assert_int_equal(picture_make(t, big, &png), E_INVALID);
	assert_str(t->fields[0].path, "picture");
	task_reset(t);
	char *large = arena_raw(t->arena, PICTURE_BYTES + 1);
	memset(large, 0, PICTURE_BYTES + 1);
	assert_int_equal(picture_make(t, (struct str){ large, PICTURE_BYTES + 1 }, &png), E_INVALID);
	task_clear(t);
	assert_int_equal(picture_make(t, STR("GIF89a"), &png), E_INVALID);
	task_clear(t);
	assert_int_equal(picture_make(t, STR(""), &png), E_INVALID);
	/* 65535 × 65535 pixels said in few bytes are refused before decoding */
	task_clear(t);
	assert_int_equal(picture_make(t, STR("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\1\0\0\0\1\0\0"), &png),
	                 E_INVALID);
}

static void
agents(void **state)
{
	static const struct {
		const char *agent, *words;
	} rows[] = {
		{ "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
		  "Firefox on Linux" },
		{ "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
		  " Chrome/140.0.0.0 Safari/537.36 Edg/140.0", "Edge on Windows" },
		{ "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15"
		  " Version/18.0 Mobile/15E148 Safari/604.1", "Safari on iPhone" },
		{ "Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/140.0 Mobile Safari/537.36",
		  "Chrome on Android" },
		{ "curl/8.14.1", "curl" }, { "", "Unknown browser" }, { "<script>", "Unknown browser" },
	};
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(rows); i++)
		assert_str(agent_words(t, str_of(rows[i].agent)), rows[i].words);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(three_kinds), T(damaged), T(bounds), T(agents) };
	return RUN(tests);
}

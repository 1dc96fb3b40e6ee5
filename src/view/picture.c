/* picture.c - see picture.h. */
#include "view/picture.h"

#include <gd.h>

#include "base/str.h"

static uint32_t
big(struct str s, size_t at, size_t n)
{
	uint32_t v = 0;
	for (size_t i = 0; i < n; i++)
		v = v << 8 | (uint8_t)s.p[at + i];
	return v;
}

static uint32_t
little(struct str s, size_t at, size_t n)
{
	uint32_t v = 0;
	for (size_t i = n; i > 0; i--)
		v = v << 8 | (uint8_t)s.p[at + i - 1];
	return v;
}

/* PNG (ISO 15948): signature, then IHDR with width and height. */
static struct picture_head
png_head(struct str s)
{
	if (s.n < 24 || !str_eq(str_slice(s, 12, 16), STR("IHDR")))
		return (struct picture_head){ 0 };
	return (struct picture_head){ PICTURE_PNG, big(s, 16, 4), big(s, 20, 4) };
}

/* JPEG (ITU T.81): segments up to the frame header SOF0 to SOF15. */
static struct picture_head
jpeg_head(struct str s)
{
	size_t at = 2;
	while (at + 9 < s.n) {
		if ((uint8_t)s.p[at] != 0xFF)
			break;
		uint8_t marker = (uint8_t)s.p[at + 1];
		if (marker == 0xFF) { /* fill */
			at++;
			continue;
		}
		if (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 &&
		    marker != 0xCC)
			return (struct picture_head){ PICTURE_JPEG, big(s, at + 7, 2),
				big(s, at + 5, 2) };
		if (marker == 0xD8 || marker == 0xD9 || marker == 0xDA)
			break;
		size_t length = big(s, at + 2, 2);
		if (length < 2)
			break;
		at += 2 + length;
	}
	return (struct picture_head){ 0 };
}

/* WebP (RFC 9649): RIFF with a chunk VP8, VP8L or VP8X. */
static struct picture_head
webp_head(struct str s)
{
	struct str chunk = str_slice(s, 12, 16);
	if (s.n < 30)
		return (struct picture_head){ 0 };
	if (str_eq(chunk, STR("VP8X")))
		return (struct picture_head){ PICTURE_WEBP, little(s, 24, 3) + 1,
			little(s, 27, 3) + 1 };
	if (str_eq(chunk, STR("VP8L"))) {
		uint32_t bits = little(s, 21, 4);
		return (struct picture_head){ PICTURE_WEBP, (bits & 0x3FFF) + 1,
			(bits >> 14 & 0x3FFF) + 1 };
	}
	if (str_eq(chunk, STR("VP8 ")))
		return (struct picture_head){ PICTURE_WEBP, little(s, 26, 2) & 0x3FFF,
			little(s, 28, 2) & 0x3FFF };
	return (struct picture_head){ 0 };
}

struct picture_head
picture_head(struct str s)
{
	if (str_starts(s, STR("\x89PNG\r\n\x1a\n")))
		return png_head(s);
	if (str_starts(s, STR("\xff\xd8\xff")))
		return jpeg_head(s);
	if (str_starts(s, STR("RIFF")) && str_eq(str_slice(s, 8, 12), STR("WEBP")))
		return webp_head(s);
	return (struct picture_head){ 0 };
}

static gdImagePtr
decode(struct str s, enum picture_kind kind)
{
	void *data = (void *)(uintptr_t)s.p; /* libgd does not write to it */
	switch (kind) {
	case PICTURE_PNG:
		return gdImageCreateFromPngPtr((int)s.n, data);
	case PICTURE_JPEG:
		return gdImageCreateFromJpegPtr((int)s.n, data);
	default:
		return gdImageCreateFromWebpPtr((int)s.n, data);
	}
}

/* The middle square of `from`, scaled. */
static gdImagePtr
square(gdImagePtr from)
{
	int w = gdImageSX(from), h = gdImageSY(from);
	int side = w < h ? w : h;
	gdImagePtr to = gdImageCreateTrueColor(PICTURE_SIZE, PICTURE_SIZE);
	if (to == NULL)
		return NULL;
	gdImageAlphaBlending(to, 0);
	gdImageSaveAlpha(to, 1);
	gdImageFilledRectangle(to, 0, 0, PICTURE_SIZE, PICTURE_SIZE,
	    gdTrueColorAlpha(255, 255, 255, gdAlphaTransparent));
	gdImageCopyResampled(to, from, 0, 0, (w - side) / 2, (h - side) / 2, PICTURE_SIZE,
	    PICTURE_SIZE, side, side);
	return to;
}

static void
silence(int priority, const char *format, va_list args)
{
	(void)priority;
	(void)format;
	(void)args;
}

static enum err
refuse(struct task *t, const char *why)
{
	task_field(t, STR("picture"), "%s", why);
	return task_fail(t, E_INVALID, "%s", why);
}

enum err
picture_make(struct task *t, struct str data, struct str *png)
{
	if (data.n > PICTURE_BYTES)
		return refuse(t, "The file is larger than 512 KiB.");
	struct picture_head head = picture_head(data);
	if (head.kind == PICTURE_NONE)
		return refuse(t, "This is not a PNG, JPEG or WebP picture.");
	if (head.width == 0 || head.height == 0 || head.width > PICTURE_PIXELS ||
	    head.height > PICTURE_PIXELS)
		return refuse(t, "The picture has more than 4096 pixels on a side.");
	gdSetErrorMethod(silence);
	gdImagePtr from = decode(data, head.kind);
	if (from == NULL)
		return refuse(t, "The picture is damaged.");
	gdImagePtr to = square(from);
	gdImageDestroy(from);
	int n = 0;
	void *out = to != NULL ? gdImagePngPtrEx(to, &n, 9) : NULL;
	if (to != NULL)
		gdImageDestroy(to);
	if (out == NULL || n <= 0) {
		gdFree(out);
		return task_fail(t, E_INTERNAL, "libgd made no picture");
	}
	*png = arena_str(t->arena, (struct str){ out, (size_t)n });
	gdFree(out);
	return E_OK;
}

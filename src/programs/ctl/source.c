/* source.c - see source.h. */
#include "programs/ctl/source.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>
#include <zstd.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/unzip.h"

#define CHUNK (256u << 10)

enum form { FORM_PLAIN, FORM_GZIP, FORM_ZSTD };

struct source {
	int fd;
	struct unzip *zip; /* NULL, or raw bytes come from its members */
	enum form form;    /* of the file, or of the member */
	int64_t position, size;
	bool eof;        /* nothing more from the file or the member */
	bool in_member;  /* inside a compressed member: the end would be early */
	z_stream gzip;
	ZSTD_DStream *zstd;
	size_t raw_at, raw_n; /* read, not yet decoded */
	unsigned char raw[CHUNK];
	struct buf text;      /* decoded, not yet returned */
	size_t text_at;
};

static enum err
raw_read(struct task *t, struct source *s)
{
	size_t got = 0;
	ssize_t n = 0;
	if (s->zip != NULL) {
		enum err err = unzip_read(t, s->zip, s->raw, sizeof(s->raw), &got);
		if (err != E_OK)
			return err;
		n = (ssize_t)got;
		s->position = unzip_position(s->zip);
	} else {
		do
			n = read(s->fd, s->raw, sizeof(s->raw));
		while (n < 0 && errno == EINTR);
		if (n < 0)
			return task_fail(t, E_IO, "reading failed: %s", strerror(errno));
		s->position += n;
	}
	s->eof = n == 0;
	s->raw_at = 0;
	s->raw_n = (size_t)n;
	return E_OK;
}

static enum form
form_of(const unsigned char *p, size_t n)
{
	if (n >= 2 && p[0] == 0x1f && p[1] == 0x8b)
		return FORM_GZIP;
	if (n >= 4 && memcmp(p, "\x28\xb5\x2f\xfd", 4) == 0)
		return FORM_ZSTD;
	return FORM_PLAIN;
}

static void
decoder_release(struct source *s)
{
	if (s->form == FORM_GZIP)
		inflateEnd(&s->gzip);
	ZSTD_freeDStream(s->zstd); /* NULL is fine */
	s->gzip = (z_stream){ 0 };
	s->zstd = NULL;
	s->form = FORM_PLAIN;
}

/* What the first bytes of a file or a member ask for. */
static void
decoder_choose(struct source *s)
{
	s->form = form_of(s->raw, s->raw_n);
	if (s->form == FORM_GZIP)
		ASSERT(inflateInit2(&s->gzip, 15 + 16) == Z_OK);
	if (s->form == FORM_ZSTD)
		ASSERT((s->zstd = ZSTD_createDStream()) != NULL);
}

/* The next member of a ZIP file; a line never goes on from one to the next. */
static enum err
member_next(struct task *t, struct source *s, bool *end)
{
	struct str name;
	enum err err = unzip_next(t, s->zip, &name);
	*end = err == E_OK && name.p == NULL;
	if (err != E_OK || *end)
		return err;
	if (s->text.n > 0)
		buf_putc(&s->text, '\n');
	decoder_release(s);
	if ((err = raw_read(t, s)) != E_OK)
		return err;
	decoder_choose(s);
	return E_OK;
}

/* The first bytes are there. */
static enum err
stream_open(struct task *t, struct source *s)
{
	struct str first = { (char *)s->raw, s->raw_n };
	bool end;
	if (!unzip_is(first)) {
		decoder_choose(s);
		return E_OK;
	}
	enum err err = unzip_open(t, s->fd, first, &s->zip);
	if (err != E_OK)
		return err;
	err = member_next(t, s, &end);
	s->eof = s->eof || end;
	s->raw_n = end ? 0 : s->raw_n;
	return err;
}

enum err
source_open(struct task *t, struct str path, struct source **out)
{
	int fd = STDIN_FILENO;
	if (!str_is(path, "-")) {
		fd = open(arena_cstr(t->arena, path), O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return task_fail(t, errno == ENOENT ? E_NOT_FOUND : E_IO,
			    "cannot open %.*s: %s", STRF(path), strerror(errno));
	}
	struct source *s = calloc(1, sizeof(*s));
	ASSERT(s != NULL);
	s->fd = fd;
	struct stat st;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		s->size = st.st_size;
	enum err err = raw_read(t, s);
	if (err == E_OK)
		err = stream_open(t, s);
	if (err != E_OK) {
		source_close(s);
		return err;
	}
	*out = s;
	return E_OK;
}

void
source_close(struct source *s)
{
	if (s == NULL)
		return;
	decoder_release(s);
	unzip_close(s->zip);
	if (s->fd != STDIN_FILENO)
		close(s->fd);
	buf_release(&s->text);
	free(s);
}

static enum err
decode_gzip(struct task *t, struct source *s)
{
	char *out = buf_reserve(&s->text, CHUNK);
	s->gzip.next_in = s->raw + s->raw_at;
	s->gzip.avail_in = (uInt)(s->raw_n - s->raw_at);
	s->gzip.next_out = (Bytef *)out;
	s->gzip.avail_out = CHUNK;
	s->in_member = true;
	int rc = inflate(&s->gzip, Z_NO_FLUSH);
	if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
		return task_fail(t, E_DATA, "the gzip data is damaged");
	s->raw_at = s->raw_n - s->gzip.avail_in;
	s->text.n += CHUNK - s->gzip.avail_out;
	if (rc == Z_STREAM_END) {
		s->in_member = false;
		ASSERT(inflateReset(&s->gzip) == Z_OK);
	}
	return E_OK;
}

static enum err
decode_zstd(struct task *t, struct source *s)
{
	ZSTD_outBuffer out = { buf_reserve(&s->text, CHUNK), CHUNK, 0 };
	ZSTD_inBuffer in = { s->raw, s->raw_n, s->raw_at };
	size_t rc = ZSTD_decompressStream(s->zstd, &out, &in);
	if (ZSTD_isError(rc))
		return task_fail(t, E_DATA, "the zstd data is damaged: %s",
		    ZSTD_getErrorName(rc));
	s->raw_at = in.pos;
	s->text.n += out.pos;
	s->in_member = rc != 0;
	return E_OK;
}

/* More text, or *end. */
static enum err
fill(struct task *t, struct source *s, bool *end)
{
	enum err err;
	if (s->text_at > 0) { /* keep only what is not yet returned */
		memmove(s->text.p, s->text.p + s->text_at, s->text.n - s->text_at);
		s->text.n -= s->text_at;
		s->text_at = 0;
	}
	if (s->raw_at == s->raw_n && !s->eof && (err = raw_read(t, s)) != E_OK)
		return err;
	if (s->raw_at == s->raw_n && s->eof) {
		if (s->in_member)
			return task_fail(t, E_DATA, "the file is cut short");
		*end = s->zip == NULL;
		return *end ? E_OK : member_next(t, s, end);
	}
	if (s->form == FORM_GZIP)
		return decode_gzip(t, s);
	if (s->form == FORM_ZSTD)
		return decode_zstd(t, s);
	buf_add(&s->text, (struct str){ (char *)s->raw + s->raw_at, s->raw_n - s->raw_at });
	s->raw_at = s->raw_n;
	return E_OK;
}

enum err
source_line(struct task *t, struct source *s, size_t max, struct str *line, bool *cut,
            bool *end)
{
	bool over = false, drained = false;
	*end = false;
	for (;;) {
		const char *from = s->text.n > 0 ? s->text.p + s->text_at : "";
		size_t left = s->text.n - s->text_at;
		const char *nl = left > 0 ? memchr(from, '\n', left) : NULL;
		if (nl != NULL || (drained && left > 0)) {
			size_t n = nl != NULL ? (size_t)(nl - from) : left;
			s->text_at += nl != NULL ? n + 1 : n;
			*cut = over || n > max;
			*line = (struct str){ from, n > max ? max : n };
			return E_OK;
		}
		if (drained) {
			*cut = over;
			*line = STR("");
			*end = !over;
			return E_OK;
		}
		if (left > max) { /* drop what is too long, remember that it was */
			over = true;
			s->text_at = s->text.n;
		}
		enum err err = fill(t, s, &drained);
		if (err != E_OK)
			return err;
	}
}

enum err
source_peek(struct task *t, struct source *s, struct str *bytes, bool *end)
{
	enum err err = E_OK;
	*end = false;
	while (err == E_OK && !*end && s->text_at == s->text.n)
		err = fill(t, s, end);
	*bytes = s->text.n == 0 ? STR("") : str_slice(buf_str(&s->text), s->text_at, s->text.n);
	*end = bytes->n == 0;
	return err;
}

void
source_skip(struct source *s, size_t n)
{
	ASSERT(n <= s->text.n - s->text_at);
	s->text_at += n;
}

int64_t
source_position(const struct source *s)
{
	return s->position;
}

int64_t
source_size(const struct source *s)
{
	return s->size;
}

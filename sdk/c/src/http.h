/* http.h - requests by libcurl. One at a time, by the client's thread; it is
 * ended at once when the client stops. */

/* What came back. */
struct tm_answer {
	long status; /* 0: no answer, or one that was cut */
	int64_t retry_ms;
	char tag[128];
	char error[160];
	struct tm_buf body;
};

enum { TM_REQUEST_MS = 30000, TM_GZIP_FROM = 1024 };

static int64_t
tm_retry_after(const char *text, int64_t wall_ms)
{
	const int64_t day = (int64_t)24 * 3600 * 1000;
	int64_t wait = 0;
	char *end;
	while (*text == ' ' || *text == '\t')
		text++;
	if (*text >= '0' && *text <= '9') {
		long long n = strtoll(text, &end, 10);
		wait = n > day / 1000 ? day : (int64_t)n * 1000;
	} else {
		time_t at = curl_getdate(text, NULL);
		wait = at == (time_t)-1 ? 0 : (int64_t)at * 1000 - wall_ms;
	}
	return wait < 0 ? 0 : wait > day ? day : wait;
}

static size_t
tm_take_body(char *p, size_t size, size_t n, void *arg)
{
	struct tm_answer *a = (struct tm_answer *)arg;
	if (a->body.n + size * n <= TM_MAX_REPLY)
		tm_buf_add(&a->body, p, size * n);
	return size * n;
}

struct tm_headers {
	struct tm_answer *a;
	int64_t wall_ms;
};

static size_t
tm_take_header(char *p, size_t size, size_t n, void *arg)
{
	struct tm_headers *h = (struct tm_headers *)arg;
	char line[160];
	size_t len = size * n < sizeof(line) - 1 ? size * n : sizeof(line) - 1;
	memcpy(line, p, len);
	while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == '\n' || line[len - 1] == ' '))
		len--;
	line[len] = '\0';
	if (strncasecmp(line, "retry-after:", 12) == 0)
		h->a->retry_ms = tm_retry_after(line + 12, h->wall_ms);
	else if (strncasecmp(line, "etag:", 5) == 0)
		snprintf(h->a->tag, sizeof(h->a->tag), "%.100s", line + 5 + strspn(line + 5, " \t"));
	return size * n;
}

static bool
tm_stopping(struct tidemark *tm)
{
	return __atomic_load_n(&tm->stopping, __ATOMIC_ACQUIRE) != 0;
}

/* Runs the transfer until it ends or the client stops. */
static CURLcode
tm_transfer(struct tidemark *tm, CURL *curl)
{
	CURLcode code = CURLE_ABORTED_BY_CALLBACK;
	int running = 1, left;
	if (curl_multi_add_handle(tm->multi, curl) != CURLM_OK)
		return CURLE_FAILED_INIT;
	while (running > 0 && !tm_stopping(tm))
		if (curl_multi_perform(tm->multi, &running) != CURLM_OK ||
		    (running > 0 && curl_multi_poll(tm->multi, NULL, 0, 1000, NULL) != CURLM_OK))
			break;
	for (CURLMsg *m; (m = curl_multi_info_read(tm->multi, &left)) != NULL;)
		if (m->msg == CURLMSG_DONE)
			code = m->data.result;
	curl_multi_remove_handle(tm->multi, curl);
	return code;
}

static bool
tm_headers_add(struct curl_slist **list, const char *name, const char *value)
{
	char line[512];
	struct curl_slist *more;
	if ((size_t)snprintf(line, sizeof(line), "%s: %s", name, value) >= sizeof(line) ||
	    strpbrk(line, "\r\n") != NULL)
		return false;
	more = curl_slist_append(*list, line);
	if (more == NULL)
		return false;
	*list = more;
	return true;
}

/* Redirects are answers: a portal's 302 must not turn a POST into a GET that
 * "succeeds". */
static void
tm_exchange(struct tidemark *tm, const char *path, struct curl_slist *headers,
            const struct tm_buf *post, struct tm_answer *a)
{
	char url[2048];
	struct tm_headers h;
	CURL *curl = curl_easy_init();
	h.a = a;
	h.wall_ms = tm_wall(tm);
	snprintf(a->error, sizeof(a->error), "no memory, or the address is too long");
	if (curl == NULL ||
	    (size_t)snprintf(url, sizeof(url), "%s%s", tm->endpoint, path) >= sizeof(url)) {
		curl_easy_cleanup(curl);
		return;
	}
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)TM_REQUEST_MS);
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "tidemark-c/" TIDEMARK_VERSION);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, tm_take_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, a);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, tm_take_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, &h);
	if (tm->manual) /* curl repeats a request that a kept connection cut */
		curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
	if (post != NULL) {
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)post->n);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, post->p);
	}
	CURLcode code = tm_transfer(tm, curl);
	if (code == CURLE_OK && !a->body.failed)
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &a->status);
	else
		snprintf(a->error, sizeof(a->error), "%s", curl_easy_strerror(code));
	curl_easy_cleanup(curl);
}

#ifdef TIDEMARK_GZIP
/* False leaves the body as it is. */
static bool
tm_compress(struct tm_buf *b)
{
	z_stream z;
	struct tm_buf out;
	memset(&z, 0, sizeof(z));
	if (deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	tm_buf_init(&out);
	bool ok = tm_buf_room(&out, deflateBound(&z, (uLong)b->n));
	if (ok) {
		z.next_in = (Bytef *)b->p;
		z.avail_in = (uInt)b->n;
		z.next_out = (Bytef *)out.p;
		z.avail_out = (uInt)out.cap;
		ok = deflate(&z, Z_FINISH) == Z_STREAM_END;
		out.n = z.total_out;
	}
	deflateEnd(&z);
	if (ok) {
		tm_buf_free(b);
		*b = out;
	} else {
		tm_buf_free(&out);
	}
	return ok;
}
#endif

static void
tm_answer_free(struct tm_answer *a)
{
	tm_buf_free(&a->body);
}

/* post NULL is a GET of the configuration with the tag of the last one. */
static void
tm_request(struct tidemark *tm, const char *key, const char *tag, struct tm_buf *post,
           struct tm_answer *a)
{
	struct curl_slist *headers = NULL;
	char bearer[300];
	memset(a, 0, sizeof(*a));
	snprintf(bearer, sizeof(bearer), "Bearer %.256s", key);
	bool ok = tm_headers_add(&headers, "Authorization", bearer) &&
	          tm_headers_add(&headers, "X-SDK", "c") &&
	          tm_headers_add(&headers, "X-SDK-Version", TIDEMARK_VERSION);
	if (post != NULL) {
		ok = ok && tm_headers_add(&headers, "Content-Type", "application/json") &&
		     tm_headers_add(&headers, "Expect", ""); /* no round trip for a 100 */
#ifdef TIDEMARK_GZIP
		if (tm->gzip && post->n >= TM_GZIP_FROM && tm_compress(post))
			ok = ok && tm_headers_add(&headers, "Content-Encoding", "gzip");
#endif
	} else if (tag[0] != '\0') {
		ok = ok && tm_headers_add(&headers, "If-None-Match", tag);
	}
	if (ok)
		tm_exchange(tm, post != NULL ? "/api/v1/ingest/batch" : "/api/v1/ingest/config",
		            headers, post, a);
	else
		snprintf(a->error, sizeof(a->error), "a header cannot be made");
	curl_slist_free_all(headers);
}

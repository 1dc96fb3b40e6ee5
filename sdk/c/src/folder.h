/* folder.h - the spool: one process at a time, and what the last one left. */

/* Folders in use by clients of this process: the lock of fcntl is the process's,
 * and does not keep two of its clients apart. It is not inherited by a fork. */
static pthread_mutex_t tm_folders_lock = PTHREAD_MUTEX_INITIALIZER;
static struct tm_queue *tm_folders[16];

/* Takes a place for q in the list; false when the folder is taken, or all
 * places are. */
static bool
tm_folder_claim(struct tm_queue *q, const char *folder)
{
	size_t places = sizeof(tm_folders) / sizeof(tm_folders[0]), place = places;
	struct stat mine, other;
	bool taken = stat(folder, &mine) != 0;
	for (size_t i = 0; i < places; i++) {
		if (tm_folders[i] == NULL)
			place = i;
		else if (stat(tm_folders[i]->folder, &other) == 0 && other.st_dev == mine.st_dev &&
		         other.st_ino == mine.st_ino)
			taken = true;
	}
	if (taken || place == places) {
		errno = EBUSY;
		return false;
	}
	tm_folders[place] = q;
	return true;
}

static void
tm_folder_release(struct tm_queue *q)
{
	pthread_mutex_lock(&tm_folders_lock);
	for (size_t i = 0; i < sizeof(tm_folders) / sizeof(tm_folders[0]); i++)
		if (tm_folders[i] == q)
			tm_folders[i] = NULL;
	pthread_mutex_unlock(&tm_folders_lock);
	if (q->lock >= 0)
		close(q->lock);
	q->lock = -1;
	free(q->folder);
	q->folder = NULL;
}

static bool
tm_folder_lock(struct tm_queue *q, const char *folder)
{
	char path[TM_PATH];
	struct flock f;
	q->folder = tm_copy(folder);
	if (q->folder == NULL || !tm_folder_claim(q, folder))
		return false;
	snprintf(path, sizeof(path), "%s/lock", folder);
	q->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	memset(&f, 0, sizeof(f));
	f.l_type = F_WRLCK;
	f.l_whence = SEEK_SET;
	return q->lock >= 0 && fcntl(q->lock, F_SETLK, &f) == 0;
}

/* Sets q->folder, or leaves the queue in memory and says why. */
static void
tm_folder_open(struct tm_queue *q, const char *folder)
{
	if (folder == NULL || *folder == '\0')
		return;
	bool ok = strlen(folder) < TM_PATH - 64 && (mkdir(folder, 0700) == 0 || errno == EEXIST);
	if (ok) {
		pthread_mutex_lock(&tm_folders_lock);
		ok = tm_folder_lock(q, folder);
		pthread_mutex_unlock(&tm_folders_lock);
	}
	if (!ok) {
		tm_queue_say(q, folder);
		tm_folder_release(q);
	}
}

static int
tm_by_number(const void *a, const void *b)
{
	const struct tm_segment *x = *(struct tm_segment *const *)a;
	const struct tm_segment *y = *(struct tm_segment *const *)b;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* One file of the folder; *reported becomes the number of a report in it. */
static void
tm_folder_take(struct tm_queue *q, const char *name, int64_t due, int64_t wall_to_steady,
               int64_t *reported)
{
	char path[TM_PATH];
	enum tm_lane lane;
	uint64_t number;
	if (!tm_segment_parse_name(name, &lane, &number))
		return;
	if (number > q->number)
		q->number = number;
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", q->folder, name) >= sizeof(path))
		return;
	struct tm_segment *s = q->ledger->opt_out ? NULL : tm_segment_adopt(path, lane, number, wall_to_steady);
	if (s == NULL || !tm_queue_insert(q, q->n[lane], s)) {
		unlink(path);
		tm_segment_free(s);
		return;
	}
	s->due = due;
	if (s->highest > q->ledger->seq)
		q->ledger->seq = s->highest;
	if (s->report > *reported)
		*reported = s->report;
}

/* Takes over what an earlier process left: due at the time given, or now when
 * there is a crash. */
static void
tm_folder_adopt(struct tm_queue *q, int64_t now, int64_t due, int64_t wall)
{
	int64_t reported = 0;
	DIR *d = q->folder != NULL ? opendir(q->folder) : NULL;
	if (d == NULL)
		return;
	for (struct dirent *e = readdir(d); e != NULL; e = readdir(d))
		tm_folder_take(q, e->d_name, due, now - wall, &reported);
	closedir(d);
	for (int l = 0; l < TM_LANES; l++) {
		if (q->n[l] > 0)
			qsort(q->segment[l], q->n[l], sizeof(*q->segment[l]), tm_by_number);
		for (size_t i = 0; i < q->n[l] && q->n[TM_LANE_CRASH] > 0; i++)
			q->segment[l][i]->due = now;
	}
	if (reported > q->ledger->saved) /* the process ended before it could strike them out */
		tm_ledger_forget(q->ledger);
}

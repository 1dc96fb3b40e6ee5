/* sandbox.c - see sandbox.h. The only user of libseccomp. */
#include "programs/symbols/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define MEMORY ((rlim_t)2 << 30) /* addresses; a file of 200 MiB is mapped */
#define CPU_S 30

static const struct bound {
	__rlimit_resource_t what;
	rlim_t value;
} bounds[] = {
	{ RLIMIT_AS, MEMORY },   { RLIMIT_CPU, CPU_S },  { RLIMIT_FSIZE, 0 },
	{ RLIMIT_NOFILE, 8 },    { RLIMIT_NPROC, 0 },    { RLIMIT_CORE, 0 },
	{ RLIMIT_MEMLOCK, 0 },   { RLIMIT_MSGQUEUE, 0 },
};

static const int calls[] = {
	SCMP_SYS(read),        SCMP_SYS(pread64),       SCMP_SYS(write),
	SCMP_SYS(lseek),       SCMP_SYS(fstat),         SCMP_SYS(close),
	SCMP_SYS(brk),         SCMP_SYS(munmap),        SCMP_SYS(mremap),
	SCMP_SYS(madvise),     SCMP_SYS(futex),         SCMP_SYS(getrandom),
	SCMP_SYS(exit),        SCMP_SYS(exit_group),    SCMP_SYS(rt_sigreturn),
	SCMP_SYS(clock_gettime), SCMP_SYS(sysinfo), /* qsort asks how much memory there is */
};

/* New mappings are of memory or of the one file, never executable. */
static bool
allow_memory(scmp_filter_ctx f)
{
	const struct scmp_arg_cmp data =
		SCMP_A2(SCMP_CMP_MASKED_EQ, (scmp_datum_t)PROT_EXEC, 0);

	return seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, data) == 0 &&
	       seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, data) == 0;
}

/* glibc's fstat asks by descriptor with an empty path: flags only, the path
 * cannot be looked at, but no name can be opened from it. */
static bool
allow_descriptor(scmp_filter_ctx f)
{
	const struct scmp_arg_cmp empty =
		SCMP_A3(SCMP_CMP_EQ, (scmp_datum_t)AT_EMPTY_PATH, 0);
	const struct scmp_arg_cmp get = SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)F_GETFD, 0);
	const struct scmp_arg_cmp flags = SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)F_GETFL, 0);

	return seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 1, empty) == 0 &&
	       seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, get) == 0 &&
	       seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, flags) == 0;
}

static bool
filter(void)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);

	if (f == NULL)
		return false;
	bool ok = allow_memory(f) && allow_descriptor(f);

	for (size_t i = 0; i < NELEM(calls) && ok; i++)
		ok = seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 0) == 0;
	/* libdw asks where the file lies, for others beside it: there is nothing */
	ok = ok && seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOENT), SCMP_SYS(readlink), 0) == 0 &&
	     seccomp_load(f) == 0;
	seccomp_release(f);
	return ok;
}

bool
sandbox_enter(unsigned last)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    close_range(last + 1, ~0u, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return false;
	for (size_t i = 0; i < NELEM(bounds); i++) {
		struct rlimit r;

		/* a bound that is lower already stays */
		if (getrlimit(bounds[i].what, &r) != 0)
			return false;
		if (r.rlim_max == RLIM_INFINITY || r.rlim_max > bounds[i].value)
			r.rlim_max = bounds[i].value;
		r.rlim_cur = r.rlim_max;
		if (setrlimit(bounds[i].what, &r) != 0)
			return false;
	}
	return filter();
}

/*
 * doctor.h - tidemarkctl doctor: one row a check: ok, warn or fail, what was
 * seen, and the next step. Checks of the stores are in doctor_store.c, those of
 * the machine in doctor_system.c, those of the configuration in doctor.c.
 */
#ifndef TM_PROGRAMS_CTL_DOCTOR_H
#define TM_PROGRAMS_CTL_DOCTOR_H

#include "programs/ctl/ctl.h"

enum doctor_state { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL };

struct doctor {
	struct ctl *c;
	struct str root; /* --root, "" = the machine itself */
	size_t fails, warns;
};

/* next: the step to take; not shown when all is well. */
void doctor_report(struct doctor *d, const char *check, enum doctor_state s, struct str seen,
                   const char *next);
/* The failure the task holds becomes the row, and is forgotten. */
void doctor_report_task(struct doctor *d, const char *check, const char *next);
/* Path of the machine, below --root. Task memory. */
const char *doctor_path(const struct doctor *d, const char *path);
bool doctor_is_there(const struct doctor *d, const char *path);
/* The folder of a path. Borrows it. */
struct str doctor_folder_of(struct str path);

void doctor_postgres(struct doctor *d);
void doctor_redis(struct doctor *d);

void doctor_units(struct doctor *d);
void doctor_permissions(struct doctor *d);
void doctor_clock(struct doctor *d);
void doctor_certificate(struct doctor *d);
void doctor_backup(struct doctor *d);
void doctor_disk(struct doctor *d);

#endif

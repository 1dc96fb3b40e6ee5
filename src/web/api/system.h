/*
 * system.h - /api/v1/system: the console of the server for programs of system
 * administrators (scope admin).
 */
#ifndef TM_WEB_API_SYSTEM_H
#define TM_WEB_API_SYSTEM_H

#include "base/json.h"
#include "web/api/api.h"

/* system.c: figures, pause, jobs. */
api_handler api_queue, api_queue_pause, api_queue_resume, api_jobs, api_job_run;
/* system_letters.c */
api_handler api_letters, api_letter, api_letter_replay, api_letter_drop, api_letters_act;
/* system_alarms.c */
api_handler api_alarms, api_alarm_silence, api_alarm_acknowledge;

#endif

/*
 * banned.h - functions that have no safe use here, made into compile errors.
 * The idea is git's banned.h. Use the buf, str and num modules instead.
 */
#ifndef TM_BASE_BANNED_H
#define TM_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef __cplusplus
#define BANNED(name, use) name##_is_banned_use_##use
#undef strcpy
#define strcpy(d, s) BANNED(strcpy, buf)
#undef strcat
#define strcat(d, s) BANNED(strcat, buf)
#undef strncpy
#define strncpy(d, s, n) BANNED(strncpy, buf)
#undef strncat
#define strncat(d, s, n) BANNED(strncat, buf)
#undef sprintf
#define sprintf(...) BANNED(sprintf, snprintf)
#undef vsprintf
#define vsprintf(...) BANNED(vsprintf, vsnprintf)
#undef gets
#define gets(b) BANNED(gets, getline)
#undef strtok
#define strtok(s, d) BANNED(strtok, str_cut)
#undef atoi
#define atoi(s) BANNED(atoi, num_parse)
#undef atol
#define atol(s) BANNED(atol, num_parse)
#undef gmtime
#define gmtime(t) BANNED(gmtime, clock)
#undef localtime
#define localtime(t) BANNED(localtime, clock)
#undef ctime
#define ctime(t) BANNED(ctime, clock)
#endif

#endif

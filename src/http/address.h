/*
 * address.h - which network addresses a connection may go to when a user, not
 * the operator, named the place: globally reachable unicast only.
 *
 * Pure: looks at the bytes of the address, never at a name. Sources: the IANA
 * special-purpose registries (RFC 6890 and its updates). IPv6 forms that
 * carry an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo) are refused
 * whatever they carry, since their way out is not ours to know.
 */
#ifndef TM_HTTP_ADDRESS_H
#define TM_HTTP_ADDRESS_H

#include "base/base.h"

struct sockaddr;

/* Globally reachable IPv4 or IPv6 unicast. Any other family: false. */
bool address_is_global(const struct sockaddr *sa, size_t n);
/* 127.0.0.0/8, ::1, and these mapped into IPv6. */
bool address_is_loopback(const struct sockaddr *sa, size_t n);

#endif

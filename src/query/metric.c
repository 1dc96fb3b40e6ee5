/* metric.c - see metric.h. */
#include "query/metric.h"

#include "base/str.h"

#define EXACT "Exact up to 10,000 samples of a name in the window; above that, the estimate of a " \
	"t-digest of compression 100, which errs least at the ends, marked \"estimate\". " \
	"Percentiles are never averaged: that of a week is counted over its samples."
#define WINDOW "A window holds its first instant and not its last: from ≤ time < to. "

const struct metric metrics[] = {
	{ "window", "window", "Window and day", "time", "Time",
	  "A window is the time a page or an API call asks about; a day is a calendar day in the "
	  "environment's time zone, unless tz says otherwise.",
	  "from ≤ effective time < to",
	  "The effective time of an item is its device time, set right by the difference between "
	  "the device's clock and the server's where the batch tells it. Late batches count in the "
	  "day when things happened, not when they came." },
	{ "change", "change", "Change", "%, points or ms", NULL,
	  "The number of the window against the same number of the period before it, which is as long, "
	  "or of the same days a year before.",
	  "counts: 100 × (now − before) / before; percentages: now − before in points; durations: now − before in ms",
	  "The dashed line of a chart is the high water: the largest value of the period before." },
	{ "persons", "person", "Person", "persons", "People",
	  "A person is the user id when it is known, else the anonymous id, else the device.", "",
	  "identify joins the anonymous id to the user, alias joins two ids once; two identified users "
	  "never merge without an administrator. Merged persons count once, also for the past." },
	{ "active_users", "active-users", "Active users", "users", NULL,
	  "Distinct persons with at least one event, crash or trace in the window.",
	  "count of distinct persons",
	  WINDOW "Exact, not an estimate. The users of two days do not add up to the users of both: "
	  "who came on both counts once." },
	{ "events", "events", "Events", "events", "Activity",
	  "Stored items of type event in the window.", "count of events",
	  WINDOW "Crashes, traces and user properties are counted apart; repeats of an event id count once." },
	{ "sessions", "sessions", "Sessions", "sessions", NULL,
	  "Distinct sessions whose start lies in the window.", "count of sessions by start",
	  "A session id sent by the SDK is kept; items without one get an inferred session per device, "
	  "else per person, that ends after 30 minutes without an item." },
	{ "session_duration", "session-duration", "Session duration", "ms", NULL,
	  "From the first item of a session to its last foreground item.",
	  "ended at − started at",
	  "Not longer than the environment's cap (\"capped\"). Time in the foreground is kept apart "
	  "and leaves out pauses." },
	{ "foreground_ms", "foreground", "Time in the foreground", "ms", NULL,
	  "The pauses between the items of a session that are use: no longer than the idle limit, and "
	  "nothing in them happened in the background.", "",
	  "What an app does in the background (background: true, app_state) counts to its session and "
	  "lengthens neither it nor this time." },
	{ "seen", "seen", "First and last seen", "time", NULL,
	  "The effective times of the earliest and the latest stored item.", "",
	  "Of all time, whatever the window; a late batch moves the first one back." },
	{ "live_items", "live", "Items in the last minute", "items", NULL,
	  "Items of any type that were stored of the batches received within 60 seconds.", "count of items",
	  "History (an import, historical: true) is left out, here and in the feed; repeats count once." },
	{ "crashes", "crashes", "Crashes", "crashes", "Stability",
	  "Stored items of type crash in the window, fatal or not.", "count of crashes", WINDOW },
	{ "crash_free_users_pct", "crash-free-users", "Crash-free users", "%", NULL,
	  "The share of active users without a fatal crash in the window.",
	  "100 × (active users − active users with a fatal crash) / active users",
	  "Two decimals. Without users there is no number, not 100. Crashes that the app survived "
	  "do not count against it." },
	{ "crash_free_sessions_pct", "crash-free-sessions", "Crash-free sessions", "%", NULL,
	  "The share of sessions that start in the window and have no fatal crash.",
	  "100 × (sessions − sessions with a fatal crash) / sessions",
	  "Two decimals. Without sessions there is no number." },
	{ "crash_group_users", "crash-group-users", "Users of a crash group", "users", NULL,
	  "Distinct persons with a crash of the group in the window.", "count of distinct persons",
	  "Crashes belong to one group when their fingerprints are equal; merged groups count as one." },
	{ "crash_group_sessions", "crash-group-sessions", "Sessions of a crash group", "sessions", NULL,
	  "Distinct sessions with a crash of the group in the window.", "count of distinct sessions",
	  "Crashes without a session are in none." },
	{ "crash_share_pct", "crash-share", "Share of all crashes", "%", NULL,
	  "The crashes of the group among those of all groups in the window.",
	  "100 × crashes of the group / crashes", "" },
	{ "new_crash_groups", "new-crash-groups", "New and regressed groups", "groups", NULL,
	  "A group is new in the release of its first crash. It has regressed when it was resolved and a "
	  "crash comes from a later release of the same platform.", "",
	  "Crashes of releases up to the one it was resolved in do not reopen a group." },
	{ "sent", "pipeline-sent", "Sent", "items", "Pipeline",
	  "What left the apps, as far as the server can tell: what reached it, and what its numbers say "
	  "is missing.",
	  "stored + duplicate + rejected + dropped + dead letters + reported + still open + unaccounted",
	  "By the quarter-hour in which the server received it, whatever the time of the item. Items of "
	  "every type count. Requests refused as a whole are tries, not items." },
	{ "stored", "pipeline-stored", "Stored", "items", NULL,
	  "Items that a batch really added to the store.", "", "" },
	{ "duplicate", "pipeline-duplicate", "Duplicate", "items", NULL,
	  "Items whose id was stored before, or stands twice in one request.", "",
	  "They change no other number." },
	{ "rejected", "pipeline-rejected", "Rejected", "items", NULL,
	  "Items of an accepted request that were malformed or over a limit; the reply named them.", "", "" },
	{ "dropped", "pipeline-dropped", "Dropped", "items", NULL,
	  "Items left out by a rule of the server: retention, erasure, quota, a stopped SDK.", "", "" },
	{ "dead", "pipeline-dead", "Dead letters", "items", NULL,
	  "Items that were accepted and that the store refused; they are kept aside to be mended and "
	  "replayed.", "", "One that was replayed counts as what became of it then." },
	{ "reported", "pipeline-reported", "Reported", "items", NULL,
	  "Items that the SDK threw away itself, as its client reports say.", "", "" },
	{ "open", "pipeline-open", "Still open", "items", NULL,
	  "Numbers of an SDK that have not come, though a later one has, for less than 24 hours.", "", "" },
	{ "unaccounted", "pipeline-unaccounted", "Unaccounted", "items", NULL,
	  "Numbers that have not come for more than 24 hours and that no client report explains.",
	  "numbers between the first and the last of an install − those that came − those reported",
	  "Only of SDKs that number their items (seq). A late item closes its gap up to 30 days later; "
	  "after that the number is final." },
	{ "releases", "release", "Release", "releases", "Releases",
	  "A release is a platform, an app version and a build. Releases of one platform are one line, "
	  "ordered by version, then build.", "",
	  "Versions are read leniently: v2.4, 2.4.0, shop@2.4.0, 2.4.0-beta.2, 2.4.0+118. A version "
	  "that begins with no number has no place in the order and stands last." },
	{ "release_active_users", "release-active-users", "Active users of a release", "users", NULL,
	  "Distinct persons with at least one event, crash or trace sent by that release in the window.",
	  "count of distinct persons",
	  "Who used two releases in the window counts on both, so the releases' users may add up to more "
	  "than the active users. Events, sessions and crashes add up exactly, with those of unknown "
	  "releases." },
	{ "release_adoption_pct", "release-adoption", "Adoption", "%", NULL,
	  "The share of the platform's active users that were active on the release.",
	  "100 × active users of the release / active users of its platform", "" },
	{ "release_crash_free_users_pct", "release-crash-free-users", "Crash-free users of a release", "%",
	  NULL, "The share of users active on the release without a fatal crash on that release.",
	  "100 × (users of the release − users with a fatal crash on it) / users of the release",
	  "A fatal crash on another release does not count against this one." },
	{ "release_crash_free_sessions_pct", "release-crash-free-sessions",
	  "Crash-free sessions of a release", "%", NULL,
	  "The share of sessions begun on the release that have no fatal crash.",
	  "100 × (sessions of the release − those with a fatal crash) / sessions of the release",
	  "A session belongs to the release of its first item." },
	{ "trace_samples", "trace-samples", "Samples", "traces", "Performance",
	  "Stored traces of the name in the window.", "count of traces",
	  "Fewer than 30 are marked as few: their percentiles move by chance. The sum over the "
	  "versions, platforms, models or countries is the total." },
	{ "trace_percentile_ms", "trace-percentile", "p50, p75, p99 of a trace", "ms", NULL,
	  "The duration that half, three quarters or 99 of 100 samples do not exceed.",
	  "⌈n × percent / 100⌉-th smallest of n durations (nearest rank)", EXACT },
	{ "p95_trace_ms", "p95-trace", "p95 of a trace", "ms", NULL,
	  "The 95th percentile of duration_ms in the window.",
	  "⌈0.95 n⌉-th smallest of n durations (nearest rank)", EXACT },
	{ "p95_cold_start_ms", "p95-cold-start", "Cold start p95", "ms", NULL,
	  "The p95 of the traces named cold_start.", "as p95 of a trace",
	  "None when no trace of that name was sent." },
};
const size_t nmetrics = NELEM(metrics);

const struct metric *
metric_find(struct str name)
{
	for (size_t i = 0; i < nmetrics; i++)
		if (str_is(name, metrics[i].name))
			return &metrics[i];
	return NULL;
}

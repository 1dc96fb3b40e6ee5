/// What an SDK is doing, to look at.
final class TidemarkStatus {
  /// Made by [TidemarkClient.status].
  const TidemarkStatus({
    required this.enabled,
    required this.queued,
    required this.pausedMs,
    required this.discarded,
    this.userId,
    this.anonymousId,
    this.session,
  });

  /// False: switched off, opted out, or stopped by the server.
  final bool enabled;

  /// Items that wait.
  final int queued;

  /// How long nothing is sent, in milliseconds; 0: no pause.
  final int pausedMs;

  /// What was thrown away and not yet reported: `reason`, `category`,
  /// `quantity`.
  final List<Map<String, Object?>> discarded;

  /// Who is signed in.
  final String? userId;

  /// Who it is while nobody is signed in.
  final String? anonymousId;

  /// The session that goes on.
  final String? session;
}

/// Most breadcrumbs of a crash; the oldest goes.
const int maxBreadcrumbs = 100;

/// What happened before a crash, newest last.
final class Breadcrumbs {
  final List<Map<String, Object?>> _list = [];

  /// Adds one, clean already.
  void add(Map<String, Object?> crumb) {
    if (_list.length >= maxBreadcrumbs) _list.removeAt(0);
    _list.add(crumb);
  }

  /// Forgets all.
  void clear() => _list.clear();

  /// Oldest first; a copy.
  List<Map<String, Object?>> toJson() => [..._list];
}

import 'item.dart';

/// How much was thrown away, by reason and category, since the last report.
final class Discards {
  final Map<(String, String), int> _counts = {};

  /// Whether there is nothing to report.
  bool get isEmpty => _counts.isEmpty;

  /// [quantity] may be negative, for what a report has already told.
  void add(String reason, String category, [int quantity = 1]) {
    final key = (reason, category);
    final sum = (_counts[key] ?? 0) + quantity;
    if (sum == 0) {
      _counts.remove(key);
    } else {
      _counts[key] = sum;
    }
  }

  /// One item.
  void addItem(Reason reason, Category category) =>
      add(reason.word, category.word);

  /// Adds ([sign] 1) or takes away ([sign] -1) what [toJson] wrote.
  void addJson(Object? list, [int sign = 1]) {
    if (list is! List) return;
    for (final one in list) {
      if (one case {
        'reason': final String reason,
        'category': final String category,
        'quantity': final int quantity,
      }) {
        add(reason, category, sign * quantity);
      }
    }
  }

  /// Begins anew.
  void clear() => _counts.clear();

  /// Sorted by reason, then category.
  List<Map<String, Object?>> toJson() {
    final keys =
        _counts.keys.toList()..sort((a, b) {
          final byReason = a.$1.compareTo(b.$1);
          return byReason != 0 ? byReason : a.$2.compareTo(b.$2);
        });
    return [
      for (final key in keys)
        if (_counts[key]! > 0)
          {'reason': key.$1, 'category': key.$2, 'quantity': _counts[key]},
    ];
  }
}

/// Stands for dart:js_interop, which a VM has not: the names and types that
/// lib/src/core/web uses, to compile it with. Nothing of it runs.
library;

import 'dart:typed_data';

class JS {
  const JS([this.name]);

  final String? name;
}

extension type JSAny._(Object _) implements Object {}

extension type JSObject._(Object _) implements JSAny {}

extension type JSString._(Object _) implements JSAny {}

extension type JSUint8Array._(Object _) implements JSObject {}

extension type JSPromise<T extends JSAny?>._(Object _) implements JSObject {}

extension JSPromiseToFuture<T extends JSAny?> on JSPromise<T> {
  external Future<T> get toDart;
}

extension JSStringToString on JSString {
  external String get toDart;
}

extension Uint8ListToJSUint8Array on Uint8List {
  external JSUint8Array get toJS;
}

extension NullableObjectUtilExtension on Object? {
  external JSAny? jsify();
}

// RUN: coil-opt %s --split-input-file --verify-diagnostics

// expected-error @+1 {{has elements of type 'index', expected tensors}}
func.func private @indices(!coil.sequence<index>)

// -----

// expected-error @+1 {{has elements of type 'memref<2xf32>', expected tensors}}
func.func private @buffers(!coil.optional<memref<2xf32>>)

// -----

func.func @at(%s: !coil.sequence<tensor<2xf32>>, %i: index) -> tensor<2x2xf32> {
  // expected-error @+1 {{has an element of type 'tensor<2x2xf32>' where 'tensor<2xf32>' is known of them}}
  %x = coil.sequence_at %s[%i] : !coil.sequence<tensor<2xf32>> to tensor<2x2xf32>
  return %x : tensor<2x2xf32>
}

// -----

func.func @insert(%s: !coil.sequence<tensor<*xf32>>, %i: index, %x: tensor<2xi64>) -> !coil.sequence<tensor<*xf32>> {
  // expected-error @+1 {{has an element of type 'tensor<2xi64>' where 'tensor<*xf32>' is known of them}}
  %t = coil.sequence_insert %x, %s[%i] : tensor<2xi64>, !coil.sequence<tensor<*xf32>>
  return %t : !coil.sequence<tensor<*xf32>>
}

// -----

func.func @get(%o: !coil.optional<tensor<2xf32>>) -> !coil.sequence<tensor<2xf32>> {
  // expected-error @+1 {{has content of type '!coil.sequence<tensor<2xf32>>' where 'tensor<2xf32>' is known of it}}
  %x = coil.optional_get %o : !coil.optional<tensor<2xf32>> to !coil.sequence<tensor<2xf32>>
  return %x : !coil.sequence<tensor<2xf32>>
}

// -----

func.func @some(%x: tensor<2xf32>) -> !coil.optional<!coil.sequence<tensor<2xf32>>> {
  // expected-error @+1 {{has content of type 'tensor<2xf32>' where '!coil.sequence<tensor<2xf32>>' is known of it}}
  %o = coil.optional_some %x : tensor<2xf32> to !coil.optional<!coil.sequence<tensor<2xf32>>>
  return %o : !coil.optional<!coil.sequence<tensor<2xf32>>>
}

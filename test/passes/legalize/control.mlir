// RUN: coil-opt %s --legalize-onnx --split-input-file | FileCheck %s

// A condition about shapes is known: the branch it chooses remains, and only
// that has to make sense.
// CHECK-LABEL: func @known
// CHECK-NOT: scf.if
// CHECK: tensor.collapse_shape {{.*}} : tensor<1x3xf32> into tensor<3xf32>
// CHECK-NOT: scf.if
func.func @known(%x: tensor<1x3xf32> {onnx.dims = ["", ""], onnx.name = "x"}) -> !onnx.value {
  %zero = onnx.Constant {value = dense<0> : tensor<1xi64>} : () -> !onnx.value
  %one = onnx.Constant {value = dense<1> : tensor<1xi64>} : () -> !onnx.value
  %shape = onnx.Shape %x : (tensor<1x3xf32>) -> !onnx.value
  %rows = onnx.Gather %shape, %zero : (!onnx.value, !onnx.value) -> !onnx.value
  %is = onnx.Equal %rows, %one : (!onnx.value, !onnx.value) -> !onnx.value
  %y = onnx.If %is : (!onnx.value) -> !onnx.value {
    %s = onnx.Squeeze %x, %zero : (tensor<1x3xf32>, !onnx.value) -> !onnx.value
    onnx.Yield %s : !onnx.value
  } else {
    onnx.Yield %x : tensor<1x3xf32>
  }
  return %y : !onnx.value
}

// -----

// What differs between branches becomes `?`.
// CHECK-LABEL: func @unknown
// CHECK: scf.if %{{.*}} -> (tensor<?x3xf32>)
// CHECK: tensor.cast %{{.*}} : tensor<2x3xf32> to tensor<?x3xf32>
// CHECK: tensor.cast %{{.*}} : tensor<4x3xf32> to tensor<?x3xf32>
func.func @unknown(%x: tensor<2x3xf32> {onnx.dims = ["", ""], onnx.name = "x"},
                   %c: tensor<i1> {onnx.dims = [], onnx.name = "c"}) -> !onnx.value {
  %y = onnx.If %c : (tensor<i1>) -> !onnx.value {
    onnx.Yield %x : tensor<2x3xf32>
  } else {
    %b = onnx.Concat %x, %x {axis = 0 : i64} : (tensor<2x3xf32>, tensor<2x3xf32>) -> !onnx.value
    onnx.Yield %b : !onnx.value
  }
  return %y : !onnx.value
}

// -----

// A trip count and a condition that stays: a loop that knows its end, and the
// stack of its parts is allocated before it.
// CHECK-LABEL: func @counted
// CHECK-SAME: %[[X:[^:]*]]: tensor<3xf32>
// CHECK: %[[STACK:.*]] = tensor.empty() : tensor<5x3xf32>
// CHECK: scf.for %[[I:.*]] = {{.*}} iter_args(%{{.*}} = %[[X]], %[[ROWS:.*]] = %[[STACK]])
// CHECK: tensor.insert_slice %{{.*}} into %[[ROWS]][%[[I]], 0] [1, 3] [1, 1]
func.func @counted(%x: tensor<3xf32> {onnx.dims = [""], onnx.name = "x"}) -> (!onnx.value, !onnx.value) {
  %n = onnx.Constant {value = dense<5> : tensor<i64>} : () -> !onnx.value
  %none = onnx.None : none
  %y:2 = onnx.Loop %n, %none, %x : (!onnx.value, none, tensor<3xf32>) -> (!onnx.value, !onnx.value) {
  ^bb0(%i: !onnx.value, %c: !onnx.value, %v: !onnx.value):
    %w = onnx.Exp %v : (!onnx.value) -> !onnx.value
    onnx.Yield %c, %w, %w : !onnx.value, !onnx.value, !onnx.value
  }
  return %y#0, %y#1 : !onnx.value, !onnx.value
}

// -----

// A carried tensor that grows has `?` for what grows, and keeps the rest.
// CHECK-LABEL: func @grows
// CHECK: scf.while {{.*}} -> (index, i1, tensor<?x3xf32>)
func.func @grows(%x: tensor<1x3xf32> {onnx.dims = ["", ""], onnx.name = "x"},
                 %n: tensor<i64> {onnx.dims = [], onnx.name = "n"}) -> !onnx.value {
  %none = onnx.None : none
  %y = onnx.Loop %n, %none, %x : (tensor<i64>, none, tensor<1x3xf32>) -> !onnx.value {
  ^bb0(%i: !onnx.value, %c: !onnx.value, %v: !onnx.value):
    %w = onnx.Concat %v, %x {axis = 0 : i64} : (!onnx.value, tensor<1x3xf32>) -> !onnx.value
    onnx.Yield %c, %w : !onnx.value, !onnx.value
  }
  return %y : !onnx.value
}

// -----

// Slices of the input go in, a dimension of the model stays one value.
// CHECK-LABEL: func @scan
// CHECK: %[[SEQ:.*]] = coil.symbol "seq"
// CHECK: tensor.empty(%[[SEQ]]) : tensor<?x4xf32>
// CHECK: scf.for %[[I:.*]] = %{{.*}} to %[[SEQ]]
// CHECK: tensor.extract_slice %{{.*}}[%[[I]], 0] [1, 4] [1, 1]
func.func @scan(%s: tensor<4xf32> {onnx.dims = [""], onnx.name = "s"},
                %x: tensor<?x4xf32> {onnx.dims = ["seq", ""], onnx.name = "x"}) -> (!onnx.value, !onnx.value) {
  %y:2 = onnx.Scan %s, %x {num_scan_inputs = 1 : i64} : (tensor<4xf32>, tensor<?x4xf32>) -> (!onnx.value, !onnx.value) {
  ^bb0(%state: !onnx.value, %row: !onnx.value):
    %next = onnx.Add %state, %row : (!onnx.value, !onnx.value) -> !onnx.value
    onnx.Yield %next, %next : !onnx.value, !onnx.value
  }
  return %y#0, %y#1 : !onnx.value, !onnx.value
}

// -----

// One number of two ranks: the lower one is raised.
// CHECK-LABEL: func @ones
// CHECK: scf.if %{{.*}} -> (tensor<1xf32>)
// CHECK: tensor.expand_shape %{{.*}} : tensor<f32> into tensor<1xf32>
func.func @ones(%x: tensor<f32> {onnx.dims = [], onnx.name = "x"}, %z: tensor<1xf32> {onnx.dims = [""], onnx.name = "z"},
                %c: tensor<i1> {onnx.dims = [], onnx.name = "c"}) -> !onnx.value {
  %y = onnx.If %c : (tensor<i1>) -> !onnx.value {
    onnx.Yield %x : tensor<f32>
  } else {
    onnx.Yield %z : tensor<1xf32>
  }
  return %y : !onnx.value
}

// -----

// Of two ranks that both fit, the one that the model states of its result.
// CHECK-LABEL: func @stated
// CHECK: coil.require %{{.*}}, "node '?': the then branch gives another rank or length than the one compiled for"
// CHECK: return %{{.*}} : tensor<2x3xf32>
func.func @stated(%x: tensor<6xf32> {onnx.dims = [""], onnx.name = "x"}, %z: tensor<2x3xf32> {onnx.dims = ["", ""], onnx.name = "z"},
                  %c: tensor<i1> {onnx.dims = [], onnx.name = "c"}) -> (!onnx.value {onnx.dims = ["", ""], onnx.name = "y"}) {
  %y = onnx.If %c : (tensor<i1>) -> !onnx.value {
    onnx.Yield %x : tensor<6xf32>
  } else {
    onnx.Yield %z : tensor<2x3xf32>
  }
  return %y : !onnx.value
}

// RUN: coil-opt %s --legalize-onnx --split-input-file | FileCheck %s

// Of a shape: the dimension itself, and nothing is gathered.
// CHECK-LABEL: func @of_shape
// CHECK: %[[BATCH:.*]] = coil.symbol "batch"
// CHECK-NOT: linalg.generic
// CHECK: tensor.expand_shape {{.*}} output_shape [%[[BATCH]], 2, 6]
func.func @of_shape(%x: tensor<?x12xf32> {onnx.dims = ["batch", ""], onnx.name = "x"}) -> !onnx.value {
  %zero = onnx.Constant {value = dense<0> : tensor<1xi64>} : () -> !onnx.value
  %rest = onnx.Constant {value = dense<[2, 6]> : tensor<2xi64>} : () -> !onnx.value
  %shape = onnx.Shape %x : (tensor<?x12xf32>) -> !onnx.value
  %batch = onnx.Gather %shape, %zero : (!onnx.value, !onnx.value) -> !onnx.value
  %to = onnx.Concat %batch, %rest {axis = 0 : i64} : (!onnx.value, !onnx.value) -> !onnx.value
  %y = onnx.Reshape %x, %to : (tensor<?x12xf32>, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

// One index is a slice: x[:, -1].
// CHECK-LABEL: func @last
// CHECK: tensor.extract_slice %{{.*}}[0, 4, 0] [2, 1, 3] [1, 1, 1]
// CHECK: tensor.collapse_shape
// CHECK-NOT: linalg.generic
func.func @last(%x: tensor<2x5x3xf32> {onnx.dims = ["", "", ""], onnx.name = "x"}) -> !onnx.value {
  %last = onnx.Constant {value = dense<-1> : tensor<i64>} : () -> !onnx.value
  %y = onnx.Gather %x, %last {axis = 1 : i64} : (tensor<2x5x3xf32>, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

// Indices of a run are checked all at once, then read; the reading stays in range.
// CHECK-LABEL: func @embedding
// CHECK: linalg.generic {{.*}} iterator_types = ["reduction", "reduction"]
// CHECK: coil.require %{{.*}}, "node '?': index out of range"
// CHECK: linalg.generic
// CHECK: arith.minsi
// CHECK: arith.maxsi
// CHECK: tensor.extract
func.func @embedding(%table: tensor<100x8xf32> {onnx.dims = ["", ""], onnx.name = "table"},
                     %ids: tensor<4x32xi64> {onnx.dims = ["", ""], onnx.name = "ids"}) -> !onnx.value {
  %y = onnx.Gather %table, %ids : (tensor<100x8xf32>, tensor<4x32xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// The last axis of the indices goes along the first two of the data.
// CHECK-LABEL: func @nd
// CHECK: coil.require
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<5x4xf32>)
func.func @nd(%x: tensor<2x3x4xf32> {onnx.dims = ["", "", ""], onnx.name = "x"},
              %at: tensor<5x2xi64> {onnx.dims = ["", ""], onnx.name = "at"}) -> !onnx.value {
  %y = onnx.GatherND %x, %at : (tensor<2x3x4xf32>, tensor<5x2xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// How many axes the indices name follows from the rank that the model states.
// CHECK-LABEL: func @nd_of_stated_rank
// CHECK: coil.require {{.*}}the last dimension of the indices is not 2
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<?x4xf32>)
func.func @nd_of_stated_rank(%x: tensor<2x3x4xf32> {onnx.dims = ["", "", ""], onnx.name = "x"},
                             %at: tensor<?x?xi64> {onnx.dims = ["n", "k"], onnx.name = "at"})
    -> (!onnx.value {onnx.dims = ["n", ""], onnx.name = "y"}) {
  %y = onnx.GatherND %x, %at : (tensor<2x3x4xf32>, tensor<?x?xi64>) -> !onnx.value
  return %y : !onnx.value
}

// RUN: coil-opt %s -split-input-file -verify-diagnostics -pass-pipeline='builtin.module(func.func(legalize-onnx),cse,canonicalize)' | FileCheck %s

// A dynamic dimension is the symbol of its name: two of one name are one value,
// so that what broadcasts is known and nothing is checked at run time.
// CHECK: #[[SAME:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK: #[[ROW:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-LABEL: func @symbols
// CHECK-SAME: (%[[X:.*]]: tensor<?x8xf32> {{.*}}, %[[Y:.*]]: tensor<?x8xf32> {{.*}}, %[[B:.*]]: tensor<8xf32>
// CHECK-SAME: -> (tensor<?x8xf32> {onnx.dims = ["batch", ""], onnx.name = "z", onnx.type = tensor<?x8xf32>})
func.func @symbols(%x: tensor<?x8xf32> {onnx.dims = ["batch", ""], onnx.name = "x"},
                   %y: tensor<?x8xf32> {onnx.dims = ["batch", ""], onnx.name = "y"},
                   %b: tensor<8xf32> {onnx.dims = [""], onnx.name = "b"})
    -> (!onnx.value {onnx.dims = ["batch", ""], onnx.name = "z"}) {
  // CHECK: %[[N:.*]] = coil.symbol "batch"
  // CHECK-NOT: coil.require
  // CHECK: tensor.empty(%[[N]])
  // CHECK: linalg.generic {indexing_maps = [#[[SAME]], #[[SAME]], #[[SAME]]]{{.*}} ins(%[[X]], %[[Y]] :
  %0 = onnx.Add %x, %y : (tensor<?x8xf32>, tensor<?x8xf32>) -> !onnx.value
  // Broadcasting is in the map.
  // CHECK: linalg.generic {indexing_maps = [#[[SAME]], #[[ROW]], #[[SAME]]]{{.*}} ins(%{{.*}}, %[[B]] :
  %1 = onnx.Mul %0, %b : (!onnx.value, tensor<8xf32>) -> !onnx.value
  return %1 : !onnx.value
}

// -----

// Dimensions of different names may differ: the run checks.
// CHECK-LABEL: func @strangers
func.func @strangers(%x: tensor<?xf32> {onnx.dims = ["n"], onnx.name = "x"},
                     %y: tensor<?xf32> {onnx.dims = ["m"], onnx.name = "y"})
    -> (!onnx.value {onnx.dims = [""], onnx.name = "z"}) {
  // CHECK-DAG: %[[N:.*]] = coil.symbol "n"
  // CHECK-DAG: %[[M:.*]] = coil.symbol "m"
  // CHECK: arith.cmpi eq, %[[N]], %[[M]]
  // CHECK: coil.require %{{.*}}, "node 'add': dimension 0 of input 1 is {0}, which does not broadcast to {1}"(%{{.*}}, %{{.*}})
  %0 = onnx.Add %x, %y : (tensor<?xf32>, tensor<?xf32>) -> !onnx.value loc("add")
  return %0 : !onnx.value
}

// -----

// Shape arithmetic dissolves while it is built: what is left is the reshape.
// CHECK-LABEL: func @shapes
// CHECK-SAME: (%[[X:.*]]: tensor<?x3x4xf32> {{.*}}) -> (tensor<?x12xf32>
func.func @shapes(%x: tensor<?x3x4xf32> {onnx.dims = ["batch", "", ""], onnx.name = "x"})
    -> (!onnx.value {onnx.dims = ["batch", ""], onnx.name = "y"}) {
  %shape = onnx.Shape %x : (tensor<?x3x4xf32>) -> !onnx.value
  %zero = onnx.Constant {value = dense<0> : tensor<1xi64>} : () -> !onnx.value
  %batch = onnx.Gather %shape, %zero : (!onnx.value, !onnx.value) -> !onnx.value
  %rest = onnx.Constant {value = dense<12> : tensor<1xi64>} : () -> !onnx.value
  %to = onnx.Concat %batch, %rest {axis = 0 : i64} : (!onnx.value, !onnx.value) -> !onnx.value
  // CHECK-NOT: linalg
  // CHECK: %[[Y:.*]] = tensor.collapse_shape %[[X]] {{\[}}[0], [1, 2]]
  // CHECK-NEXT: return %[[Y]]
  %y = onnx.Reshape %x, %to : (tensor<?x3x4xf32>, !onnx.value) -> !onnx.value
  return %y : !onnx.value
}

// -----

// What the model gets wrong is said at its node.
func.func @axis(%x: tensor<2x3xf32>) -> !onnx.value {
  // expected-error @+1 {{axis 2 is out of range for rank 2}}
  %0 = onnx.Softmax %x {axis = 2 : i64} : (tensor<2x3xf32>) -> !onnx.value
  return %0 : !onnx.value
}

// -----

func.func @broadcast(%x: tensor<2xf32>, %y: tensor<3xf32>) -> !onnx.value {
  // expected-error @+1 {{dimensions 2 and 3 do not broadcast}}
  %0 = onnx.Add %x, %y : (tensor<2xf32>, tensor<3xf32>) -> !onnx.value
  return %0 : !onnx.value
}

// RUN: coil-opt %s --legalize-onnx --split-input-file | FileCheck %s

// Updates one after the other, added to what is there.
// CHECK-LABEL: func @elements
// CHECK-SAME: %[[X:[^:]*]]: tensor<3x4xf32>
// CHECK: coil.require
// CHECK: scf.for {{.*}} iter_args(%[[ROWS:.*]] = %[[X]])
// CHECK: scf.for {{.*}} iter_args(%[[Y:.*]] = %[[ROWS]])
// CHECK: %[[OLD:.*]] = tensor.extract %[[Y]][%[[I:.*]], %[[J:.*]]]
// CHECK: %[[NEW:.*]] = arith.addf %[[OLD]]
// CHECK: tensor.insert %[[NEW]] into %[[Y]][%[[I]], %[[J]]]
func.func @elements(%x: tensor<3x4xf32> {onnx.dims = ["", ""], onnx.name = "x"},
                    %at: tensor<2x4xi64> {onnx.dims = ["", ""], onnx.name = "at"},
                    %u: tensor<2x4xf32> {onnx.dims = ["", ""], onnx.name = "u"}) -> !onnx.value {
  %y = onnx.ScatterElements %x, %at, %u {reduction = "add"} : (tensor<3x4xf32>, tensor<2x4xi64>, tensor<2x4xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// CHECK-LABEL: func @nd
// CHECK-COUNT-2: scf.for
// CHECK-NOT: scf.for
// CHECK: tensor.insert
func.func @nd(%x: tensor<8x4xf32> {onnx.dims = ["", ""], onnx.name = "x"},
              %at: tensor<2x1xi64> {onnx.dims = ["", ""], onnx.name = "at"},
              %u: tensor<2x4xf32> {onnx.dims = ["", ""], onnx.name = "u"}) -> !onnx.value {
  %y = onnx.ScatterND %x, %at, %u : (tensor<8x4xf32>, tensor<2x1xi64>, tensor<2x4xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// A cache with new entries is one pass over it.
// CHECK-LABEL: func @cache
// CHECK-NOT: scf.for
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<1x2x16x4xf32>)
// CHECK: arith.select
func.func @cache(%past: tensor<1x2x16x4xf32> {onnx.dims = ["", "", "", ""], onnx.name = "past"},
                 %u: tensor<1x2x1x4xf32> {onnx.dims = ["", "", "", ""], onnx.name = "u"},
                 %at: tensor<1xi64> {onnx.dims = [""], onnx.name = "at"}) -> !onnx.value {
  %y = onnx.TensorScatter %past, %u, %at : (tensor<1x2x16x4xf32>, tensor<1x2x1x4xf32>, tensor<1xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// One that an output shares the buffer of is written where the new entries go.
// CHECK-LABEL: func @shared
// CHECK: coil.require %{{.*}}a write index is out of range"
// CHECK: scf.for
// CHECK: tensor.insert_slice %{{.*}} into %{{.*}}[%{{.*}}, 0, %{{.*}}, 0] [1, 2, 1, 4]
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @shared(%past: tensor<3x2x16x4xf32> {onnx.dims = ["", "", "", ""], onnx.name = "past"},
                  %u: tensor<3x2x1x4xf32> {onnx.dims = ["", "", "", ""], onnx.name = "u"},
                  %at: tensor<3xi64> {onnx.dims = [""], onnx.name = "at"}) -> (!onnx.value {coil.share = array<i64: 0, -1, 0>}) {
  %y = onnx.TensorScatter %past, %u, %at : (tensor<3x2x16x4xf32>, tensor<3x2x1x4xf32>, tensor<3xi64>) -> !onnx.value
  return %y : !onnx.value
}

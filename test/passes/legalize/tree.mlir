// RUN: coil-opt %s --legalize-onnx --split-input-file | FileCheck %s

// A walk for each row and tree, which ends at a node without a second child.
// CHECK-LABEL: @tree
// CHECK-DAG: dense<[5.000000e-01, 0.000000e+00, 0.000000e+00]> : tensor<3xf32>
// CHECK-DAG: dense<[2, -1, -1]> : tensor<3xi32>
// CHECK: scf.while
// CHECK: arith.cmpi sge
// CHECK: arith.cmpf ole
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "reduction"]
// CHECK: return %{{.*}}, %{{.*}} : tensor<?xi64>, tensor<?x3xf32>
func.func @tree(%x: tensor<?x2xf32>) -> (!onnx.value, !onnx.value) {
  %y:2 = onnx.ml.TreeEnsembleClassifier %x {
      nodes_treeids = array<i64: 0, 0, 0>, nodes_nodeids = array<i64: 0, 1, 2>, nodes_featureids = array<i64: 1, 0, 0>,
      nodes_modes = ["BRANCH_LEQ", "LEAF", "LEAF"], nodes_values = array<f32: 0.5, 0.0, 0.0>,
      nodes_truenodeids = array<i64: 1, 0, 0>, nodes_falsenodeids = array<i64: 2, 0, 0>,
      class_treeids = array<i64: 0, 0>, class_nodeids = array<i64: 1, 2>, class_ids = array<i64: 0, 2>,
      class_weights = array<f32: 1.0, 1.0>, classlabels_int64s = array<i64: 7, 8, 9>}
      : (tensor<?x2xf32>) -> (!onnx.value, !onnx.value)
  return %y#0, %y#1 : !onnx.value, !onnx.value
}

// -----

// Sets of members lie one after another; a leaf may be shared.
// CHECK-LABEL: @members
// CHECK-DAG: %[[MEMBERS:.*]] = arith.constant dense<[1.000000e+00, 3.000000e+00, 0x7FC00000]> : tensor<3xf32>
// CHECK: scf.while
// CHECK: scf.for
// CHECK: tensor.extract %[[MEMBERS]]
// CHECK: return %{{.*}} : tensor<?x1xf32>
func.func @members(%x: tensor<?x2xf32>) -> !onnx.value {
  %y = onnx.ml.TreeEnsemble %x {leaf_targetids = array<i64: 0, 0>, leaf_weights = dense<[1.0, 2.0]> : tensor<2xf32>,
      membership_values = dense<[1.0, 3.0, 0x7FC00000]> : tensor<3xf32>, nodes_falseleafs = array<i64: 1, 1>,
      nodes_falsenodeids = array<i64: 1, 1>, nodes_featureids = array<i64: 0, 1>, nodes_modes = dense<[6, 0]> : tensor<2xui8>,
      nodes_splits = dense<0.0> : tensor<2xf32>, nodes_trueleafs = array<i64: 0, 1>, nodes_truenodeids = array<i64: 1, 0>,
      tree_roots = array<i64: 0>} : (tensor<?x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

// A target without a weight has no infinite one.
// CHECK-LABEL: @least
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "reduction"]
// CHECK: arith.minimumf
// CHECK: arith.select
// CHECK: return %{{.*}} : tensor<?x1xf32>
func.func @least(%x: tensor<?x2xf32>) -> !onnx.value {
  %y = onnx.ml.TreeEnsembleRegressor %x {
      nodes_treeids = array<i64: 0, 0, 0>, nodes_nodeids = array<i64: 0, 1, 2>, nodes_featureids = array<i64: 1, 0, 0>,
      nodes_modes = ["BRANCH_LEQ", "LEAF", "LEAF"], nodes_values = array<f32: 0.5, 0.0, 0.0>,
      nodes_truenodeids = array<i64: 1, 0, 0>, nodes_falsenodeids = array<i64: 2, 0, 0>, target_treeids = array<i64: 0>,
      target_nodeids = array<i64: 1>, target_ids = array<i64: 0>, target_weights = array<f32: 1.0>,
      aggregate_function = "MIN"} : (tensor<?x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

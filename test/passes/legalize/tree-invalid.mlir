// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

// A walk that would never end.
func.func @cycle(%x: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{the nodes do not form trees: node 0 has no root}}
  %y:2 = onnx.ml.TreeEnsembleClassifier %x {
      nodes_treeids = array<i64: 0, 0>, nodes_nodeids = array<i64: 0, 1>, nodes_featureids = array<i64: 1, 0>,
      nodes_modes = ["BRANCH_LEQ", "BRANCH_LEQ"], nodes_values = array<f32: 0.5, 0.0>,
      nodes_truenodeids = array<i64: 1, 0>, nodes_falsenodeids = array<i64: 1, 0>, classlabels_int64s = array<i64: 0, 1, 2>}
      : (tensor<?x2xf32>) -> (!onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

// -----

func.func @mode(%x: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{a node has the mode 'BRANCH_MEMBER', which is not known}}
  %y:2 = onnx.ml.TreeEnsembleClassifier %x {
      nodes_treeids = array<i64: 0>, nodes_nodeids = array<i64: 0>, nodes_featureids = array<i64: 1>,
      nodes_modes = ["BRANCH_MEMBER"], nodes_values = array<f32: 0.5>,
      nodes_truenodeids = array<i64: 0>, nodes_falsenodeids = array<i64: 0>, classlabels_int64s = array<i64: 0, 1, 2>}
      : (tensor<?x2xf32>) -> (!onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

// -----

func.func @labels(%x: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{needs two or more class labels in classlabels_int64s}}
  %y:2 = onnx.ml.TreeEnsembleClassifier %x {classlabels_strings = ["a", "b"]} : (tensor<?x2xf32>) -> (!onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

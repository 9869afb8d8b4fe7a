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
  // expected-error @+1 {{needs two or more class labels}}
  %y:2 = onnx.ml.TreeEnsembleClassifier %x {classlabels_strings = ["a"]} : (tensor<?x2xf32>) -> (!onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

// -----

func.func @aggregate(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{aggregate_function is 'MEAN', expected 'AVERAGE', 'SUM', 'MIN' or 'MAX'}}
  %y = onnx.ml.TreeEnsembleRegressor %a0 {nodes_treeids = array<i64: 0, 0, 0>, nodes_nodeids = array<i64: 0, 1, 2>, nodes_featureids = array<i64: 1, 0, 0>, nodes_modes = ["BRANCH_LEQ", "LEAF", "LEAF"], nodes_values = array<f32: 0.5, 0.0, 0.0>, nodes_truenodeids = array<i64: 1, 0, 0>, nodes_falsenodeids = array<i64: 2, 0, 0>, target_treeids = array<i64: 0>, target_nodeids = array<i64: 1>, target_ids = array<i64: 0>, target_weights = array<f32: 1.0>, aggregate_function = "MEAN"} : (tensor<?x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @base(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{has 2 base values for 1 targets}}
  %y = onnx.ml.TreeEnsembleRegressor %a0 {nodes_treeids = array<i64: 0, 0, 0>, nodes_nodeids = array<i64: 0, 1, 2>, nodes_featureids = array<i64: 1, 0, 0>, nodes_modes = ["BRANCH_LEQ", "LEAF", "LEAF"], nodes_values = array<f32: 0.5, 0.0, 0.0>, nodes_truenodeids = array<i64: 1, 0, 0>, nodes_falsenodeids = array<i64: 2, 0, 0>, target_treeids = array<i64: 0>, target_nodeids = array<i64: 1>, target_ids = array<i64: 0>, target_weights = array<f32: 1.0>, base_values = array<f32: 1.0, 2.0>} : (tensor<?x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @features(%a0: tensor<?x1xf32>) -> !onnx.value {
  // expected-error @+1 {{the input has 1 features, expected 2 or more}}
  %y = onnx.ml.TreeEnsembleRegressor %a0 {nodes_treeids = array<i64: 0, 0, 0>, nodes_nodeids = array<i64: 0, 1, 2>, nodes_featureids = array<i64: 1, 0, 0>, nodes_modes = ["BRANCH_LEQ", "LEAF", "LEAF"], nodes_values = array<f32: 0.5, 0.0, 0.0>, nodes_truenodeids = array<i64: 1, 0, 0>, nodes_falsenodeids = array<i64: 2, 0, 0>, target_treeids = array<i64: 0>, target_nodeids = array<i64: 1>, target_ids = array<i64: 0>, target_weights = array<f32: 1.0>} : (tensor<?x1xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @rank(%a0: tensor<2x2x2xf32>) -> !onnx.value {
  // expected-error @+1 {{the input has type 'tensor<2x2x2xf32>', expected rank 1 or 2}}
  %y = onnx.ml.TreeEnsembleRegressor %a0 {nodes_treeids = array<i64: 0, 0, 0>, nodes_nodeids = array<i64: 0, 1, 2>, nodes_featureids = array<i64: 1, 0, 0>, nodes_modes = ["BRANCH_LEQ", "LEAF", "LEAF"], nodes_values = array<f32: 0.5, 0.0, 0.0>, nodes_truenodeids = array<i64: 1, 0, 0>, nodes_falsenodeids = array<i64: 2, 0, 0>, target_treeids = array<i64: 0>, target_nodeids = array<i64: 1>, target_ids = array<i64: 0>, target_weights = array<f32: 1.0>} : (tensor<2x2x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @numbers(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{aggregate_function is 7 and post_transform 0, expected at most 3 and 4}}
  %y = onnx.ml.TreeEnsemble %a0 {leaf_targetids = array<i64: 0, 0>, leaf_weights = dense<1.0> : tensor<2xf32>, nodes_falseleafs = array<i64: 1>, nodes_falsenodeids = array<i64: 1>, nodes_featureids = array<i64: 0>, nodes_modes = dense<0> : tensor<1xui8>, nodes_splits = dense<0.0> : tensor<1xf32>, nodes_trueleafs = array<i64: 1>, nodes_truenodeids = array<i64: 0>, tree_roots = array<i64: 0>, aggregate_function = 7 : i64} : (tensor<?x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @lists(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{the lists of nodes have 1 and 2 entries}}
  %y = onnx.ml.TreeEnsemble %a0 {leaf_targetids = array<i64: 0, 0>, leaf_weights = dense<1.0> : tensor<2xf32>, nodes_falseleafs = array<i64: 1>, nodes_falsenodeids = array<i64: 1>, nodes_featureids = array<i64: 0>, nodes_modes = dense<0> : tensor<1xui8>, nodes_splits = dense<0.0> : tensor<1xf32>, nodes_trueleafs = array<i64: 1, 1>, nodes_truenodeids = array<i64: 0>, tree_roots = array<i64: 0>} : (tensor<?x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @mode5(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{node 0 has the mode 7.000000e+00, expected 0 to 6}}
  %y = onnx.ml.TreeEnsemble %a0 {leaf_targetids = array<i64: 0, 0>, leaf_weights = dense<1.0> : tensor<2xf32>, nodes_falseleafs = array<i64: 1>, nodes_falsenodeids = array<i64: 1>, nodes_featureids = array<i64: 0>, nodes_modes = dense<7> : tensor<1xui8>, nodes_splits = dense<0.0> : tensor<1xf32>, nodes_trueleafs = array<i64: 1>, nodes_truenodeids = array<i64: 0>, tree_roots = array<i64: 0>} : (tensor<?x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @child5(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{node 0 has no child or no feature}}
  %y = onnx.ml.TreeEnsemble %a0 {leaf_targetids = array<i64: 0, 0>, leaf_weights = dense<1.0> : tensor<2xf32>, nodes_falseleafs = array<i64: 1>, nodes_falsenodeids = array<i64: 1>, nodes_featureids = array<i64: 0>, nodes_modes = dense<0> : tensor<1xui8>, nodes_splits = dense<0.0> : tensor<1xf32>, nodes_trueleafs = array<i64: 1>, nodes_truenodeids = array<i64: 2>, tree_roots = array<i64: 0>} : (tensor<?x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @sets(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{membership_values has no set for node 0}}
  %y = onnx.ml.TreeEnsemble %a0 {leaf_targetids = array<i64: 0, 0>, leaf_weights = dense<1.0> : tensor<2xf32>, nodes_falseleafs = array<i64: 1>, nodes_falsenodeids = array<i64: 1>, nodes_featureids = array<i64: 0>, nodes_modes = dense<6> : tensor<1xui8>, nodes_splits = dense<0.0> : tensor<1xf32>, nodes_trueleafs = array<i64: 1>, nodes_truenodeids = array<i64: 0>, tree_roots = array<i64: 0>} : (tensor<?x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @root(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{the root 1 is no node, expected less than 1}}
  %y = onnx.ml.TreeEnsemble %a0 {leaf_targetids = array<i64: 0, 0>, leaf_weights = dense<1.0> : tensor<2xf32>, nodes_falseleafs = array<i64: 1>, nodes_falsenodeids = array<i64: 1>, nodes_featureids = array<i64: 0>, nodes_modes = dense<0> : tensor<1xui8>, nodes_splits = dense<0.0> : tensor<1xf32>, nodes_trueleafs = array<i64: 1>, nodes_truenodeids = array<i64: 0>, tree_roots = array<i64: 1>} : (tensor<?x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @no_root(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{has no trees}}
  %y = onnx.ml.TreeEnsemble %a0 {leaf_targetids = array<i64: 0, 0>, leaf_weights = dense<1.0> : tensor<2xf32>, nodes_falseleafs = array<i64: 1>, nodes_falsenodeids = array<i64: 1>, nodes_featureids = array<i64: 0>, nodes_modes = dense<0> : tensor<1xui8>, nodes_splits = dense<0.0> : tensor<1xf32>, nodes_trueleafs = array<i64: 1>, nodes_truenodeids = array<i64: 0>, tree_roots = array<i64>} : (tensor<?x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @leaves(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{the lists of leaves have 2 and 1 entries}}
  %y = onnx.ml.TreeEnsemble %a0 {leaf_targetids = array<i64: 0, 0>, leaf_weights = dense<1.0> : tensor<1xf32>, nodes_falseleafs = array<i64: 1>, nodes_falsenodeids = array<i64: 1>, nodes_featureids = array<i64: 0>, nodes_modes = dense<0> : tensor<1xui8>, nodes_splits = dense<0.0> : tensor<1xf32>, nodes_trueleafs = array<i64: 1>, nodes_truenodeids = array<i64: 0>, tree_roots = array<i64: 0>} : (tensor<?x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @target(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{leaf 1 has the target 1, expected less than 1}}
  %y = onnx.ml.TreeEnsemble %a0 {leaf_targetids = array<i64: 0, 1>, leaf_weights = dense<1.0> : tensor<2xf32>, nodes_falseleafs = array<i64: 1>, nodes_falsenodeids = array<i64: 1>, nodes_featureids = array<i64: 0>, nodes_modes = dense<0> : tensor<1xui8>, nodes_splits = dense<0.0> : tensor<1xf32>, nodes_trueleafs = array<i64: 1>, nodes_truenodeids = array<i64: 0>, tree_roots = array<i64: 0>, n_targets = 1 : i64} : (tensor<?x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @targets(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{has the target -1, expected 0 to 65535}}
  %y = onnx.ml.TreeEnsemble %a0 {leaf_targetids = array<i64: 0, 1>, leaf_weights = dense<1.0> : tensor<2xf32>, nodes_falseleafs = array<i64: 1>, nodes_falsenodeids = array<i64: 1>, nodes_featureids = array<i64: 0>, nodes_modes = dense<0> : tensor<1xui8>, nodes_splits = dense<0.0> : tensor<1xf32>, nodes_trueleafs = array<i64: 1>, nodes_truenodeids = array<i64: 0>, tree_roots = array<i64: 0>, n_targets = 0 : i64} : (tensor<?x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

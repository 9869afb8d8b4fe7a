// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @coefficients(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{coefficients has 3 elements, expected a multiple of 2}}
  %y = onnx.ml.LinearRegressor %a0 {coefficients = array<f32: 1.0, 2.0, 3.0>, targets = 2 : i64} : (tensor<?x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @width(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{the numbers of features of the input and of the model differ: 2 and 3}}
  %y = onnx.ml.LinearRegressor %a0 {coefficients = array<f32: 1.0, 2.0, 3.0>} : (tensor<?x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @intercepts(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{has 2 intercepts, expected 1}}
  %y = onnx.ml.LinearRegressor %a0 {coefficients = array<f32: 1.0, 2.0>, intercepts = array<f32: 1.0, 2.0>} : (tensor<?x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @transform(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{post_transform is 'COSINE', which is not known}}
  %y = onnx.ml.LinearRegressor %a0 {coefficients = array<f32: 1.0, 2.0>, post_transform = "COSINE"} : (tensor<?x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @labels(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{has no class labels}}
  %y:2 = onnx.ml.LinearClassifier %a0 {coefficients = array<f32: 1.0, 2.0>} : (tensor<?x2xf32>) -> (!onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

// -----

func.func @classes(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{has 2 intercepts for 3 class labels}}
  %y:2 = onnx.ml.LinearClassifier %a0 {coefficients = array<f32: 1.0, 2.0, 3.0, 4.0>, intercepts = array<f32: 1.0, 2.0>, classlabels_ints = array<i64: 1, 2, 3>} : (tensor<?x2xf32>) -> (!onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

// -----

func.func @supports(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{has 1 coefficients and 1 elements of rho, expected 2 and 1}}
  %y = onnx.ml.SVMRegressor %a0 {coefficients = array<f32: 1.0>, n_supports = 2 : i64, rho = array<f32: 0.0>} : (tensor<?x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @parameters(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{kernel_params has 1 elements, expected gamma, coef0 and degree}}
  %y:2 = onnx.ml.SVMClassifier %a0 {coefficients = array<f32: 1.0, 1.0>, kernel_params = array<f32: 1.0>, support_vectors = array<f32: 1.0, 2.0, 3.0, 4.0>, rho = array<f32: 0.0>, vectors_per_class = array<i64: 1, 1>, classlabels_ints = array<i64: 0, 1>} : (tensor<?x2xf32>) -> (!onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

// -----

func.func @kernel(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{kernel_type is 'COSINE', expected 'LINEAR', 'POLY', 'RBF' or 'SIGMOID'}}
  %y:2 = onnx.ml.SVMClassifier %a0 {coefficients = array<f32: 1.0, 1.0>, kernel_params = array<f32: 0.5, 0.0, 1.0>, support_vectors = array<f32: 1.0, 2.0, 3.0, 4.0>, rho = array<f32: 0.0>, vectors_per_class = array<i64: 1, 1>, classlabels_ints = array<i64: 0, 1>, kernel_type = "COSINE"} : (tensor<?x2xf32>) -> (!onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

// -----

func.func @negative(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{vectors_per_class holds -1}}
  %y:2 = onnx.ml.SVMClassifier %a0 {coefficients = array<f32: 1.0, 1.0>, kernel_params = array<f32: 0.5, 0.0, 1.0>, support_vectors = array<f32: 1.0, 2.0, 3.0, 4.0>, rho = array<f32: 0.0>, vectors_per_class = array<i64: 1, -1>, classlabels_ints = array<i64: 0, 1>} : (tensor<?x2xf32>) -> (!onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

// -----

func.func @per_class(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{vectors_per_class has 1 elements for 2 class labels}}
  %y:2 = onnx.ml.SVMClassifier %a0 {coefficients = array<f32: 1.0, 1.0>, kernel_params = array<f32: 0.5, 0.0, 1.0>, support_vectors = array<f32: 1.0, 2.0, 3.0, 4.0>, rho = array<f32: 0.0>, vectors_per_class = array<i64: 2>, classlabels_ints = array<i64: 0, 1>} : (tensor<?x2xf32>) -> (!onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

// -----

func.func @rho(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{has 2 coefficients and 2 elements of rho, expected 2 and 1}}
  %y:2 = onnx.ml.SVMClassifier %a0 {coefficients = array<f32: 1.0, 1.0>, kernel_params = array<f32: 0.5, 0.0, 1.0>, support_vectors = array<f32: 1.0, 2.0, 3.0, 4.0>, rho = array<f32: 0.0, 0.0>, vectors_per_class = array<i64: 1, 1>, classlabels_ints = array<i64: 0, 1>} : (tensor<?x2xf32>) -> (!onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

// -----

func.func @prob(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{prob_a and prob_b have 1 and 0 elements, expected 1}}
  %y:2 = onnx.ml.SVMClassifier %a0 {coefficients = array<f32: 1.0, 1.0>, kernel_params = array<f32: 0.5, 0.0, 1.0>, support_vectors = array<f32: 1.0, 2.0, 3.0, 4.0>, rho = array<f32: 0.0>, vectors_per_class = array<i64: 1, 1>, classlabels_ints = array<i64: 0, 1>, prob_a = array<f32: 1.0>} : (tensor<?x2xf32>) -> (!onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

// -----

func.func @probit(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{post_transform PROBIT of a single score is not supported}}
  %y:2 = onnx.ml.SVMClassifier %a0 {coefficients = array<f32: 1.0, 1.0>, kernel_params = array<f32: 0.5, 0.0, 1.0>, support_vectors = array<f32: 1.0, 2.0, 3.0, 4.0>, rho = array<f32: 0.0>, vectors_per_class = array<i64: 1, 1>, classlabels_ints = array<i64: 0, 1>, post_transform = "PROBIT"} : (tensor<?x2xf32>) -> (!onnx.value, !onnx.value)
  return %y#0 : !onnx.value
}

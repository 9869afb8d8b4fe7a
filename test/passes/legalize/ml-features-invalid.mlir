// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @extract_float(%a0: tensor<?x2xf32>, %a1: tensor<1xf32>) -> !onnx.value {
  // expected-error @+1 {{an operand has type 'tensor<1xf32>', expected integers}}
  %y = onnx.ml.ArrayFeatureExtractor %a0, %a1 : (tensor<?x2xf32>, tensor<1xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @extract_scalar(%a0: tensor<f32>, %a1: tensor<1xi64>) -> !onnx.value {
  // expected-error @+1 {{the input has type 'tensor<f32>', expected rank 1 or more}}
  %y = onnx.ml.ArrayFeatureExtractor %a0, %a1 : (tensor<f32>, tensor<1xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @vectorizer(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{inputdimensions has 2 elements for 1 inputs}}
  %y = onnx.ml.FeatureVectorizer %a0 {inputdimensions = array<i64: 1, 2>} : (tensor<?x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @vectorizer_negative(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{inputdimensions holds -1}}
  %y = onnx.ml.FeatureVectorizer %a0 {inputdimensions = array<i64: -1>} : (tensor<?x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @vectorizer_rows(%a0: tensor<2x2xf32>, %a1: tensor<3x2xf32>) -> !onnx.value {
  // expected-error @+1 {{the numbers of rows differ: 2 and 3}}
  %y = onnx.ml.FeatureVectorizer %a0, %a1 : (tensor<2x2xf32>, tensor<3x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @imputer(%a0: tensor<?x2xi64>) -> !onnx.value {
  // expected-error @+1 {{imputed_value_int64s has no elements, expected 1 or one for each feature}}
  %y = onnx.ml.Imputer %a0 {imputed_value_floats = array<f32: 1.0>} : (tensor<?x2xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @imputer_count(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{the numbers of features and of imputed_value_floats differ: 2 and 3}}
  %y = onnx.ml.Imputer %a0 {imputed_value_floats = array<f32: 1.0, 2.0, 3.0>} : (tensor<?x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @imputer_scalar(%a0: tensor<f32>) -> !onnx.value {
  // expected-error @+1 {{the input has type 'tensor<f32>', expected rank 1 or more}}
  %y = onnx.ml.Imputer %a0 {imputed_value_floats = array<f32: 1.0, 2.0, 3.0>} : (tensor<f32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @normalizer(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{norm is 'L3', expected 'MAX', 'L1' or 'L2'}}
  %y = onnx.ml.Normalizer %a0 {norm = "L3"} : (tensor<?x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @normalizer_rank(%a0: tensor<2x2x2xf32>) -> !onnx.value {
  // expected-error @+1 {{the input has type 'tensor<2x2x2xf32>', expected rank 1 or 2}}
  %y = onnx.ml.Normalizer %a0 : (tensor<2x2x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @mapper(%a0: tensor<?x2xi64>) -> !onnx.value {
  // expected-error @+1 {{has 2 strings and 1 numbers}}
  %y = onnx.ml.CategoryMapper %a0 {cats_int64s = array<i64: 1>, cats_strings = ["a", "b"]} : (tensor<?x2xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @mapped(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{the input has type 'tensor<?x2xf32>', expected strings or i64}}
  %y = onnx.ml.CategoryMapper %a0 {cats_int64s = array<i64: 1>, cats_strings = ["a"]} : (tensor<?x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @strings(%a0: tensor<?x2xi64>) -> !onnx.value {
  // expected-error @+1 {{the input has type 'tensor<?x2xi64>', expected elements of the keys' type '!coil.string'}}
  %y = onnx.ml.LabelEncoder %a0 {keys_strings = ["a"], values_int64s = array<i64: 1>} : (tensor<?x2xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @keys(%a0: tensor<?x2xi64>) -> !onnx.value {
  // expected-error @+1 {{has no keys}}
  %y = onnx.ml.LabelEncoder %a0 {values_int64s = array<i64: 1>} : (tensor<?x2xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @key_type(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{the input has type 'tensor<?x2xf32>', expected elements of the keys' type 'i64'}}
  %y = onnx.ml.LabelEncoder %a0 {keys_int64s = array<i64: 1>, values_int64s = array<i64: 1>} : (tensor<?x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @pairs(%a0: tensor<?x2xi64>) -> !onnx.value {
  // expected-error @+1 {{has 2 keys and 1 values}}
  %y = onnx.ml.LabelEncoder %a0 {keys_int64s = array<i64: 1, 2>, values_int64s = array<i64: 1>} : (tensor<?x2xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @default(%a0: tensor<?x2xi64>) -> !onnx.value {
  // expected-error @+1 {{default_tensor has type 'tensor<1xf32>', expected one element of type 'i64'}}
  %y = onnx.ml.LabelEncoder %a0 {keys_int64s = array<i64: 1>, values_int64s = array<i64: 1>, default_tensor = dense<1.0> : tensor<1xf32>} : (tensor<?x2xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @categories(%a0: tensor<?x2xi64>) -> !onnx.value {
  // expected-error @+1 {{the input has type 'tensor<?x2xi64>', the categories have 'tensor<1x!coil.string>'}}
  %y = onnx.ml.OneHotEncoder %a0 {cats_strings = ["a"]} : (tensor<?x2xi64>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @zipmap(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{has no class labels}}
  %y = onnx.ml.ZipMap %a0 : (tensor<?x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @zipmap_count(%a0: tensor<?x2xf32>) -> !onnx.value {
  // expected-error @+1 {{the numbers of features and of class labels differ: 2 and 3}}
  %y = onnx.ml.ZipMap %a0 {classlabels_int64s = array<i64: 1, 2, 3>} : (tensor<?x2xf32>) -> !onnx.value
  return %y : !onnx.value
}

// RUN: coil-opt %s --legalize-onnx --split-input-file --verify-diagnostics

func.func @type(%x: tensor<9xf32>) -> !onnx.value {
  // expected-error @+1 {{the operand has type 'tensor<9xf32>', expected strings and pool_strings, or integers and pool_int64s}}
  %y = onnx.TfIdfVectorizer %x {max_gram_length = 1 : i64, max_skip_count = 0 : i64, min_gram_length = 1 : i64, mode = "TF",
      ngram_counts = array<i64: 0>, ngram_indexes = array<i64: 0>, pool_int64s = array<i64: 2>} : (tensor<9xf32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @rank(%x: tensor<1x1x9xi32>) -> !onnx.value {
  // expected-error @+1 {{the operand has type 'tensor<1x1x9xi32>', expected rank 1 or 2}}
  %y = onnx.TfIdfVectorizer %x {max_gram_length = 1 : i64, max_skip_count = 0 : i64, min_gram_length = 1 : i64, mode = "TF",
      ngram_counts = array<i64: 0>, ngram_indexes = array<i64: 0>, pool_int64s = array<i64: 2>} : (tensor<1x1x9xi32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @mode(%x: tensor<9xi32>) -> !onnx.value {
  // expected-error @+1 {{mode is 'N', expected 'TF', 'IDF' or 'TFIDF'}}
  %y = onnx.TfIdfVectorizer %x {max_gram_length = 1 : i64, max_skip_count = 0 : i64, min_gram_length = 1 : i64, mode = "N",
      ngram_counts = array<i64: 0>, ngram_indexes = array<i64: 0>, pool_int64s = array<i64: 2>} : (tensor<9xi32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @pool(%x: tensor<9xi32>) -> !onnx.value {
  // expected-error @+1 {{ngram_counts says that n-grams of 2 lie at 1 to 2 of a pool of 2}}
  %y = onnx.TfIdfVectorizer %x {max_gram_length = 2 : i64, max_skip_count = 0 : i64, min_gram_length = 1 : i64, mode = "TF",
      ngram_counts = array<i64: 0, 1>, ngram_indexes = array<i64: 0>, pool_int64s = array<i64: 2, 3>} : (tensor<9xi32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @indexes(%x: tensor<9xi32>) -> !onnx.value {
  // expected-error @+1 {{ngram_indexes has 2 elements, expected one for each of 1 n-grams}}
  %y = onnx.TfIdfVectorizer %x {max_gram_length = 1 : i64, max_skip_count = 0 : i64, min_gram_length = 1 : i64, mode = "TF",
      ngram_counts = array<i64: 0>, ngram_indexes = array<i64: 0, 1>, pool_int64s = array<i64: 2>} : (tensor<9xi32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @negative(%x: tensor<9xi32>) -> !onnx.value {
  // expected-error @+1 {{ngram_indexes is empty or holds a negative number}}
  %y = onnx.TfIdfVectorizer %x {max_gram_length = 1 : i64, max_skip_count = 0 : i64, min_gram_length = 1 : i64, mode = "TF",
      ngram_counts = array<i64: 0>, ngram_indexes = array<i64: -1>, pool_int64s = array<i64: 2>} : (tensor<9xi32>) -> !onnx.value
  return %y : !onnx.value
}

// -----

func.func @weights(%x: tensor<9xi32>) -> !onnx.value {
  // expected-error @+1 {{weights has 1 elements, expected 4}}
  %y = onnx.TfIdfVectorizer %x {max_gram_length = 1 : i64, max_skip_count = 0 : i64, min_gram_length = 1 : i64, mode = "IDF",
      ngram_counts = array<i64: 0>, ngram_indexes = array<i64: 3>, pool_int64s = array<i64: 2>, weights = array<f32: 1.0>}
      : (tensor<9xi32>) -> !onnx.value
  return %y : !onnx.value
}

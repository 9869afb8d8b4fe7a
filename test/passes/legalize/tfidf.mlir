// RUN: coil-opt %s --legalize-onnx --split-input-file | FileCheck %s

// Unigrams are counted once, bigrams at each distance up to the skips.
// CHECK-LABEL: func @counts
// CHECK-DAG: %[[ONES:.*]] = arith.constant dense<{{\[\[}}2], [3]]> : tensor<2x1xi64>
// CHECK-DAG: %[[PAIRS:.*]] = arith.constant dense<{{\[\[}}5, 6]]> : tensor<1x2xi64>
// CHECK: tensor.extract %[[ONES]]
// CHECK: tensor.extract %[[PAIRS]]
// CHECK: return %{{.*}} : tensor<?x3xf32>
func.func @counts(%x: tensor<?x9xi32> {onnx.dims = ["n", ""], onnx.name = "x"}) -> !onnx.value {
  %y = onnx.TfIdfVectorizer %x {max_gram_length = 2 : i64, max_skip_count = 3 : i64, min_gram_length = 1 : i64, mode = "TF",
      ngram_counts = array<i64: 0, 2>, ngram_indexes = array<i64: 0, 1, 2>, pool_int64s = array<i64: 2, 3, 5, 6>}
      : (tensor<?x9xi32>) -> !onnx.value
  return %y : !onnx.value
}

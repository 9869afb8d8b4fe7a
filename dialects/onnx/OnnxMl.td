// Classical machine learning, domain ai.onnx.ml.
#ifndef COIL_DIALECTS_ONNX_ONNXML_TD
#define COIL_DIALECTS_ONNX_ONNXML_TD

include "dialects/onnx/OnnxBase.td"

class Onnx_Ml<string opType, int since, dag args, dag res = (outs AnyType:$y)>
    : Onnx_Other<"ml." # opType, since, args, res>;

//===----------------------------------------------------------------------===//
// Features
//===----------------------------------------------------------------------===//

def Onnx_MlArrayFeatureExtractorOp : Onnx_Ml<"ArrayFeatureExtractor", 1, (ins AnyType:$x, AnyType:$indices)> { let strings = 1; }
def Onnx_MlBinarizerOp : Onnx_Ml<"Binarizer", 1, (ins AnyType:$x, Float<"0.0">:$threshold)>;
def Onnx_MlFeatureVectorizerOp : Onnx_Ml<"FeatureVectorizer", 1, (ins Variadic<AnyType>:$inputs, OptInts:$inputdimensions)>;
def Onnx_MlImputerOp : Onnx_Ml<"Imputer", 1,
    (ins AnyType:$x, OptFloats:$imputed_value_floats, OptInts:$imputed_value_int64s,
         Float<"0.0">:$replaced_value_float, Int<0>:$replaced_value_int64)>;
def Onnx_MlNormalizerOp : Onnx_Ml<"Normalizer", 1, (ins AnyType:$x, Str<"MAX">:$norm)>;
def Onnx_MlScalerOp : Onnx_Ml<"Scaler", 1, (ins AnyType:$x, OptFloats:$offset, OptFloats:$scale)>;

//===----------------------------------------------------------------------===//
// Categories
//===----------------------------------------------------------------------===//

// Numbers and strings of two parallel lists.
def Onnx_MlCategoryMapperOp : Onnx_Ml<"CategoryMapper", 1,
    (ins AnyType:$x, OptInts:$cats_int64s, OptStrs:$cats_strings,
         Int<-1>:$default_int64, Str<"_Unused">:$default_string)> { let strings = 1; }
def Onnx_MlLabelEncoderOp : Onnx_Ml<"LabelEncoder", 4,
    (ins AnyType:$x, OptStrs:$classes_strings, Float<"-0.0f">:$default_float, Int<-1>:$default_int64,
         Str<"_Unused">:$default_string, OptTensor:$default_tensor,
         OptFloats:$keys_floats, OptInts:$keys_int64s, OptStrs:$keys_strings, OptTensor:$keys_tensor,
         OptFloats:$values_floats, OptInts:$values_int64s, OptStrs:$values_strings, OptTensor:$values_tensor)> { let strings = 1; }
def Onnx_MlOneHotEncoderOp : Onnx_Ml<"OneHotEncoder", 1,
    (ins AnyType:$x, OptInts:$cats_int64s, OptStrs:$cats_strings, Int<1>:$zeros)> { let strings = 1; }
def Onnx_MlZipMapOp : Onnx_Ml<"ZipMap", 1, (ins AnyType:$x, OptInts:$classlabels_int64s, OptStrs:$classlabels_strings)>;

//===----------------------------------------------------------------------===//
// Linear models and support vector machines
//===----------------------------------------------------------------------===//

def Onnx_MlLinearClassifierOp : Onnx_Ml<"LinearClassifier", 1,
    (ins AnyType:$x, OptInts:$classlabels_ints, OptStrs:$classlabels_strings, DenseF32ArrayAttr:$coefficients,
         OptFloats:$intercepts, Int<0>:$multi_class, Str<"NONE">:$post_transform),
    (outs AnyType:$label, AnyType:$scores)>;
def Onnx_MlLinearRegressorOp : Onnx_Ml<"LinearRegressor", 1,
    (ins AnyType:$x, OptFloats:$coefficients, OptFloats:$intercepts, Str<"NONE">:$post_transform, Int<1>:$targets)>;
def Onnx_MlSVMClassifierOp : Onnx_Ml<"SVMClassifier", 1,
    (ins AnyType:$x, OptInts:$classlabels_ints, OptStrs:$classlabels_strings, OptFloats:$coefficients,
         OptFloats:$kernel_params, Str<"LINEAR">:$kernel_type, Str<"NONE">:$post_transform,
         OptFloats:$prob_a, OptFloats:$prob_b, OptFloats:$rho, OptFloats:$support_vectors, OptInts:$vectors_per_class),
    (outs AnyType:$label, AnyType:$scores)>;
def Onnx_MlSVMRegressorOp : Onnx_Ml<"SVMRegressor", 1,
    (ins AnyType:$x, OptFloats:$coefficients, OptFloats:$kernel_params, Str<"LINEAR">:$kernel_type,
         Int<0>:$n_supports, Int<0>:$one_class, Str<"NONE">:$post_transform, OptFloats:$rho,
         OptFloats:$support_vectors)>;

//===----------------------------------------------------------------------===//
// Trees
//===----------------------------------------------------------------------===//

// Branch and leaf tables of all trees, one entry a node, in parallel lists.
def Onnx_MlTreeEnsembleOp : Onnx_Ml<"TreeEnsemble", 5,
    (ins AnyType:$x, Int<1>:$aggregate_function, DenseI64ArrayAttr:$leaf_targetids, ElementsAttr:$leaf_weights,
         OptTensor:$membership_values, OptInt:$n_targets, DenseI64ArrayAttr:$nodes_falseleafs,
         DenseI64ArrayAttr:$nodes_falsenodeids, DenseI64ArrayAttr:$nodes_featureids, OptTensor:$nodes_hitrates,
         OptInts:$nodes_missing_value_tracks_true, ElementsAttr:$nodes_modes, ElementsAttr:$nodes_splits,
         DenseI64ArrayAttr:$nodes_trueleafs, DenseI64ArrayAttr:$nodes_truenodeids, Int<0>:$post_transform,
         DenseI64ArrayAttr:$tree_roots)>;
def Onnx_MlTreeEnsembleClassifierOp : Onnx_Ml<"TreeEnsembleClassifier", 3,
    (ins AnyType:$x,
         OptFloats:$base_values, OptTensor:$base_values_as_tensor,
         OptInts:$class_ids, OptInts:$class_nodeids, OptInts:$class_treeids,
         OptFloats:$class_weights, OptTensor:$class_weights_as_tensor,
         OptInts:$classlabels_int64s, OptStrs:$classlabels_strings,
         OptInts:$nodes_falsenodeids, OptInts:$nodes_featureids,
         OptFloats:$nodes_hitrates, OptTensor:$nodes_hitrates_as_tensor,
         OptInts:$nodes_missing_value_tracks_true, OptStrs:$nodes_modes, OptInts:$nodes_nodeids,
         OptInts:$nodes_treeids, OptInts:$nodes_truenodeids,
         OptFloats:$nodes_values, OptTensor:$nodes_values_as_tensor,
         Str<"NONE">:$post_transform),
    (outs AnyType:$label, AnyType:$scores)>;
def Onnx_MlTreeEnsembleRegressorOp : Onnx_Ml<"TreeEnsembleRegressor", 3,
    (ins AnyType:$x, Str<"SUM">:$aggregate_function,
         OptFloats:$base_values, OptTensor:$base_values_as_tensor, OptInt:$n_targets,
         OptInts:$nodes_falsenodeids, OptInts:$nodes_featureids,
         OptFloats:$nodes_hitrates, OptTensor:$nodes_hitrates_as_tensor,
         OptInts:$nodes_missing_value_tracks_true, OptStrs:$nodes_modes, OptInts:$nodes_nodeids,
         OptInts:$nodes_treeids, OptInts:$nodes_truenodeids,
         OptFloats:$nodes_values, OptTensor:$nodes_values_as_tensor, Str<"NONE">:$post_transform,
         OptInts:$target_ids, OptInts:$target_nodeids, OptInts:$target_treeids,
         OptFloats:$target_weights, OptTensor:$target_weights_as_tensor)>;

#endif // COIL_DIALECTS_ONNX_ONNXML_TD

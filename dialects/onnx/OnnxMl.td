// Classical machine learning, domain ai.onnx.ml.
#ifndef COIL_DIALECTS_ONNX_ONNXML_TD
#define COIL_DIALECTS_ONNX_ONNXML_TD

include "dialects/onnx/OnnxBase.td"

class Onnx_Ml<string opType, int since, dag args, dag res = (outs AnyType:$y)>
    : Onnx_Other<"ml." # opType, since, args, res>;

// Branch and leaf tables of all trees, one entry a node, in parallel lists.
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

#endif // COIL_DIALECTS_ONNX_ONNXML_TD

// Operators that ONNX may still change, domains ai.onnx.preview and
// ai.onnx.preview.training.
#ifndef COIL_DIALECTS_ONNX_ONNXPREVIEW_TD
#define COIL_DIALECTS_ONNX_ONNXPREVIEW_TD

include "dialects/onnx/OnnxBase.td"

// score_mod, prob_mod: (scores) -> (scores), of one shape.
def Onnx_PreviewFlexAttentionOp : Onnx_OpBase<"preview.FlexAttention", 1, [RecursiveMemoryEffects]> {
  let arguments = (ins AnyType:$q, AnyType:$k, AnyType:$v, OptFloat:$scale, OptType:$softmax_precision);
  let results = (outs AnyType:$y);
  let regions = (region MaybeGraph:$score_mod, MaybeGraph:$prob_mod);
  let assemblyFormat = [{
    operands attr-dict `:` functional-type(operands, results) `score_mod` $score_mod `prob_mod` $prob_mod
  }];
}

// One step of an optimizer. inputs: rate, count of steps, then all tensors, all
// gradients, all states of the first kind, all of the second kind; results: all
// tensors, then the states.
class Onnx_Optimizer<string opType, dag attrs>
    : Onnx_Other<"training." # opType, 1, !con((ins Variadic<AnyType>:$inputs), attrs),
                 (outs Variadic<AnyType>:$outputs)>;

def Onnx_TrainingMomentumOp : Onnx_Optimizer<"Momentum",
    (ins F32Attr:$alpha, F32Attr:$beta, StrAttr:$mode, F32Attr:$norm_coefficient)>;
def Onnx_TrainingAdagradOp : Onnx_Optimizer<"Adagrad",
    (ins Float<"0.0f">:$decay_factor, Float<"1e-6f">:$epsilon, Float<"0.0f">:$norm_coefficient)>;
def Onnx_TrainingAdamOp : Onnx_Optimizer<"Adam",
    (ins Float<"0.9f">:$alpha, Float<"0.999f">:$beta, Float<"1e-6f">:$epsilon, Float<"0.0f">:$norm_coefficient,
         Float<"0.0f">:$norm_coefficient_post)>;

#endif // COIL_DIALECTS_ONNX_ONNXPREVIEW_TD

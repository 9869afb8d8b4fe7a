// Operators that draw random numbers: two equal ones are not one.
#ifndef COIL_DIALECTS_ONNX_ONNXRANDOM_TD
#define COIL_DIALECTS_ONNX_ONNXRANDOM_TD

include "dialects/onnx/OnnxBase.td"

class Onnx_Random<string opType, dag args>
    : Onnx_OpBase<opType, 22, [MemoryEffects<[MemRead, MemWrite]>]> {
  let arguments = !con(args, (ins OptType:$dtype, OptFloat:$seed));
  let results = (outs AnyType:$y);
}

defvar normal = (ins Float<"0.0f">:$mean, Float<"1.0f">:$scale);
defvar uniform = (ins Float<"1.0f">:$high, Float<"0.0f">:$low);

def Onnx_BernoulliOp         : Onnx_Random<"Bernoulli", (ins AnyType:$x)>;
def Onnx_MultinomialOp       : Onnx_Random<"Multinomial", (ins AnyType:$x, Int<1>:$sample_size)>;
def Onnx_RandomNormalOp      : Onnx_Random<"RandomNormal", !con((ins DenseI64ArrayAttr:$shape), normal)>;
def Onnx_RandomNormalLikeOp  : Onnx_Random<"RandomNormalLike", !con((ins AnyType:$x), normal)>;
def Onnx_RandomUniformOp     : Onnx_Random<"RandomUniform", !con((ins DenseI64ArrayAttr:$shape), uniform)>;
def Onnx_RandomUniformLikeOp : Onnx_Random<"RandomUniformLike", !con((ins AnyType:$x), uniform)>;

#endif // COIL_DIALECTS_ONNX_ONNXRANDOM_TD

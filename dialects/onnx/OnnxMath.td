// Arithmetic, activations, products, sums along an axis.
#ifndef COIL_DIALECTS_ONNX_ONNXMATH_TD
#define COIL_DIALECTS_ONNX_ONNXMATH_TD

include "dialects/onnx/OnnxBase.td"

def Onnx_AbsOp        : Onnx_Unary<"Abs", 13>;
def Onnx_AcosOp       : Onnx_Unary<"Acos", 22>;
def Onnx_AcoshOp      : Onnx_Unary<"Acosh", 22>;
def Onnx_AsinOp       : Onnx_Unary<"Asin", 22>;
def Onnx_AsinhOp      : Onnx_Unary<"Asinh", 22>;
def Onnx_AtanOp       : Onnx_Unary<"Atan", 22>;
def Onnx_AtanhOp      : Onnx_Unary<"Atanh", 22>;
def Onnx_CeilOp       : Onnx_Unary<"Ceil", 13>;
def Onnx_CosOp        : Onnx_Unary<"Cos", 22>;
def Onnx_CoshOp       : Onnx_Unary<"Cosh", 22>;
def Onnx_DetOp        : Onnx_Unary<"Det", 22>;
def Onnx_ErfOp        : Onnx_Unary<"Erf", 13>;
def Onnx_ExpOp        : Onnx_Unary<"Exp", 13>;
def Onnx_FloorOp      : Onnx_Unary<"Floor", 13>;
def Onnx_LogOp        : Onnx_Unary<"Log", 13>;
def Onnx_NegOp        : Onnx_Unary<"Neg", 13>;
def Onnx_ReciprocalOp : Onnx_Unary<"Reciprocal", 13>;
def Onnx_RoundOp      : Onnx_Unary<"Round", 22>;
def Onnx_SignOp       : Onnx_Unary<"Sign", 13>;
def Onnx_SinOp        : Onnx_Unary<"Sin", 22>;
def Onnx_SinhOp       : Onnx_Unary<"Sinh", 22>;
def Onnx_SqrtOp       : Onnx_Unary<"Sqrt", 13>;
def Onnx_TanOp        : Onnx_Unary<"Tan", 22>;
def Onnx_TanhOp       : Onnx_Unary<"Tanh", 13>;

def Onnx_AddOp   : Onnx_Binary<"Add", 14>;
def Onnx_SubOp   : Onnx_Binary<"Sub", 14>;
def Onnx_MulOp   : Onnx_Binary<"Mul", 14>;
def Onnx_DivOp   : Onnx_Binary<"Div", 14>;
def Onnx_PowOp   : Onnx_Binary<"Pow", 15>;
def Onnx_ModOp   : Onnx_Binary<"Mod", 13, (ins Int<0>:$fmod)>;
def Onnx_PReluOp : Onnx_Binary<"PRelu", 16>;

def Onnx_MaxOp  : Onnx_Variadic<"Max", 13>;
def Onnx_MinOp  : Onnx_Variadic<"Min", 13>;
def Onnx_SumOp  : Onnx_Variadic<"Sum", 13>;
def Onnx_MeanOp : Onnx_Variadic<"Mean", 13>;

// Activations.
def Onnx_CeluOp            : Onnx_Unary<"Celu", 28, (ins Float<"1.0f">:$alpha)>;
def Onnx_EluOp             : Onnx_Unary<"Elu", 22, (ins Float<"1.0f">:$alpha)>;
def Onnx_GeluOp            : Onnx_Unary<"Gelu", 20, (ins Str<"none">:$approximate)>;
def Onnx_HardSigmoidOp     : Onnx_Unary<"HardSigmoid", 22, (ins Float<"0.2f">:$alpha, Float<"0.5f">:$beta)>;
def Onnx_HardSwishOp       : Onnx_Unary<"HardSwish", 22>;
def Onnx_LeakyReluOp       : Onnx_Unary<"LeakyRelu", 16, (ins Float<"0.01f">:$alpha)>;
def Onnx_MishOp            : Onnx_Unary<"Mish", 22>;
def Onnx_ReluOp            : Onnx_Unary<"Relu", 14>;
def Onnx_SeluOp            : Onnx_Unary<"Selu", 22, (ins Float<"1.67326319217681884765625f">:$alpha,
                                                         Float<"1.05070102214813232421875f">:$gamma)>;
def Onnx_ShrinkOp          : Onnx_Unary<"Shrink", 9, (ins Float<"0.0f">:$bias, Float<"0.5f">:$lambd)>;
def Onnx_SigmoidOp         : Onnx_Unary<"Sigmoid", 13>;
def Onnx_SoftplusOp        : Onnx_Unary<"Softplus", 22>;
def Onnx_SoftsignOp        : Onnx_Unary<"Softsign", 22>;
def Onnx_SwishOp           : Onnx_Unary<"Swish", 24, (ins Float<"1.0f">:$alpha)>;
def Onnx_ThresholdedReluOp : Onnx_Unary<"ThresholdedRelu", 22, (ins Float<"1.0f">:$alpha)>;
def Onnx_SwiGLUOp          : Onnx_Binary<"SwiGLU", 28, (ins Float<"1.0f">:$alpha)>;

// Along one axis.
def Onnx_HardmaxOp    : Onnx_Unary<"Hardmax", 13, (ins Int<-1>:$axis)>;
def Onnx_LogSoftmaxOp : Onnx_Unary<"LogSoftmax", 13, (ins Int<-1>:$axis)>;
def Onnx_SoftmaxOp    : Onnx_Unary<"Softmax", 13, (ins Int<-1>:$axis)>;

class Onnx_Cumulative<string opType, int since>
    : Onnx_Other<opType, since, (ins AnyType:$x, AnyType:$axis, Int<0>:$exclusive, Int<0>:$reverse)>;
def Onnx_CumProdOp : Onnx_Cumulative<"CumProd", 26>;
def Onnx_CumSumOp  : Onnx_Cumulative<"CumSum", 14>;

def Onnx_ClipOp : Onnx_Other<"Clip", 13, (ins AnyType:$input, Maybe:$min, Maybe:$max)>;

def Onnx_TopKOp : Onnx_Other<"TopK", 24,
    (ins AnyType:$x, AnyType:$k, Int<-1>:$axis, Int<1>:$largest, Int<1>:$sorted),
    (outs AnyType:$values, AnyType:$indices)>;

// Products.
def Onnx_MatMulOp : Onnx_Binary<"MatMul", 13>;
def Onnx_GemmOp : Onnx_Other<"Gemm", 13,
    (ins AnyType:$a, AnyType:$b, Maybe:$c,
         Float<"1.0f">:$alpha, Float<"1.0f">:$beta, Int<0>:$transA, Int<0>:$transB)>;
def Onnx_EinsumOp : Onnx_Variadic<"Einsum", 12, (ins StrAttr:$equation)>;

// Losses.
def Onnx_NegativeLogLikelihoodLossOp : Onnx_Other<"NegativeLogLikelihoodLoss", 22,
    (ins AnyType:$input, AnyType:$target, Maybe:$weight, OptInt:$ignore_index, Str<"mean">:$reduction),
    (outs AnyType:$loss)>;
def Onnx_SoftmaxCrossEntropyLossOp : Onnx_Other<"SoftmaxCrossEntropyLoss", 13,
    (ins AnyType:$scores, AnyType:$labels, Maybe:$weights, OptInt:$ignore_index, Str<"mean">:$reduction),
    (outs AnyType:$output, AnyType:$logProb)>;

#endif // COIL_DIALECTS_ONNX_ONNXMATH_TD

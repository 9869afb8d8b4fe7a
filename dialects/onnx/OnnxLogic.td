// Comparisons, truth values and bits.
#ifndef COIL_DIALECTS_ONNX_ONNXLOGIC_TD
#define COIL_DIALECTS_ONNX_ONNXLOGIC_TD

include "dialects/onnx/OnnxBase.td"

def Onnx_EqualOp          : Onnx_Binary<"Equal", 19> { let strings = 3; }
def Onnx_GreaterOp        : Onnx_Binary<"Greater", 13>;
def Onnx_GreaterOrEqualOp : Onnx_Binary<"GreaterOrEqual", 16>;
def Onnx_LessOp           : Onnx_Binary<"Less", 13>;
def Onnx_LessOrEqualOp    : Onnx_Binary<"LessOrEqual", 16>;

def Onnx_AndOp : Onnx_Binary<"And", 7>;
def Onnx_OrOp  : Onnx_Binary<"Or", 7>;
def Onnx_XorOp : Onnx_Binary<"Xor", 7>;
def Onnx_NotOp : Onnx_Unary<"Not", 1>;

def Onnx_BitShiftOp   : Onnx_Binary<"BitShift", 11, (ins StrAttr:$direction)>;
def Onnx_BitwiseAndOp : Onnx_Binary<"BitwiseAnd", 18>;
def Onnx_BitwiseNotOp : Onnx_Unary<"BitwiseNot", 18>;
def Onnx_BitwiseOrOp  : Onnx_Binary<"BitwiseOr", 18>;
def Onnx_BitwiseXorOp : Onnx_Binary<"BitwiseXor", 18>;

def Onnx_IsInfOp : Onnx_Unary<"IsInf", 20, (ins Int<1>:$detect_negative, Int<1>:$detect_positive)>;
def Onnx_IsNaNOp : Onnx_Unary<"IsNaN", 20>;

def Onnx_WhereOp : Onnx_Other<"Where", 16, (ins AnyType:$condition, AnyType:$x, AnyType:$y),
                              (outs AnyType:$output)> { let strings = 6; }

#endif // COIL_DIALECTS_ONNX_ONNXLOGIC_TD

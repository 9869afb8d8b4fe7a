// Strings.
#ifndef COIL_DIALECTS_ONNX_ONNXSTRING_TD
#define COIL_DIALECTS_ONNX_ONNXSTRING_TD

include "dialects/onnx/OnnxBase.td"

let strings = -1 in {
def Onnx_StringConcatOp : Onnx_Binary<"StringConcat", 20>;
def Onnx_StringNormalizerOp : Onnx_Unary<"StringNormalizer", 10,
    (ins Str<"NONE">:$case_change_action, Int<0>:$is_case_sensitive, OptStr:$locale, OptStrs:$stopwords)>;
def Onnx_StringSplitOp : Onnx_Other<"StringSplit", 20, (ins AnyType:$x, OptStr:$delimiter, OptInt:$maxsplit),
    (outs AnyType:$y, AnyType:$z)>;
def Onnx_RegexFullMatchOp : Onnx_Unary<"RegexFullMatch", 20, (ins OptStr:$pattern)>;
}

#endif // COIL_DIALECTS_ONNX_ONNXSTRING_TD

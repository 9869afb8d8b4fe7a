// Fourier transforms, windows, n-grams.
#ifndef COIL_DIALECTS_ONNX_ONNXSIGNAL_TD
#define COIL_DIALECTS_ONNX_ONNXSIGNAL_TD

include "dialects/onnx/OnnxBase.td"

def Onnx_DFTOp : Onnx_Other<"DFT", 20,
    (ins AnyType:$input, Maybe:$dftLength, Maybe:$axis, Int<0>:$inverse, Int<0>:$onesided)>;
def Onnx_STFTOp : Onnx_Other<"STFT", 17,
    (ins AnyType:$signal, AnyType:$frameStep, Maybe:$window, Maybe:$frameLength, Int<1>:$onesided)>;

class Onnx_Window<string opType, int since>
    : Onnx_Other<opType, since, (ins AnyType:$size, OptType:$output_datatype, Int<1>:$periodic)>;
def Onnx_BlackmanWindowOp : Onnx_Window<"BlackmanWindow", 17>;
def Onnx_HammingWindowOp  : Onnx_Window<"HammingWindow", 17>;
def Onnx_HannWindowOp     : Onnx_Window<"HannWindow", 17>;

def Onnx_MelWeightMatrixOp : Onnx_Other<"MelWeightMatrix", 17,
    (ins AnyType:$numMelBins, AnyType:$dftLength, AnyType:$sampleRate, AnyType:$lowerEdgeHertz,
         AnyType:$upperEdgeHertz, OptType:$output_datatype)>;

def Onnx_TfIdfVectorizerOp : Onnx_Unary<"TfIdfVectorizer", 9,
    (ins I64Attr:$max_gram_length, I64Attr:$max_skip_count, I64Attr:$min_gram_length, StrAttr:$mode,
         DenseI64ArrayAttr:$ngram_counts, DenseI64ArrayAttr:$ngram_indexes, OptInts:$pool_int64s,
         OptStrs:$pool_strings, OptFloats:$weights)> { let strings = 1; }

#endif // COIL_DIALECTS_ONNX_ONNXSIGNAL_TD

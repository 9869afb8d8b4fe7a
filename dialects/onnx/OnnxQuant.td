// Quantization and operators on quantized tensors.
#ifndef COIL_DIALECTS_ONNX_ONNXQUANT_TD
#define COIL_DIALECTS_ONNX_ONNXQUANT_TD

include "dialects/onnx/OnnxBase.td"
include "dialects/onnx/OnnxNn.td"

def Onnx_QuantizeLinearOp : Onnx_Other<"QuantizeLinear", 25,
    (ins AnyType:$x, AnyType:$yScale, Maybe:$yZeroPoint, Int<1>:$axis, Int<0>:$block_size,
         OptType:$output_dtype, OptType:$precision, Int<1>:$saturate)>;
def Onnx_DequantizeLinearOp : Onnx_Other<"DequantizeLinear", 25,
    (ins AnyType:$x, AnyType:$xScale, Maybe:$xZeroPoint, Int<1>:$axis, Int<0>:$block_size,
         OptType:$output_dtype)>;
def Onnx_DynamicQuantizeLinearOp : Onnx_Other<"DynamicQuantizeLinear", 11, (ins AnyType:$x),
    (outs AnyType:$y, AnyType:$yScale, AnyType:$yZeroPoint)>;

def Onnx_MatMulIntegerOp : Onnx_Other<"MatMulInteger", 10,
    (ins AnyType:$a, AnyType:$b, Maybe:$aZeroPoint, Maybe:$bZeroPoint)>;
def Onnx_QLinearMatMulOp : Onnx_Other<"QLinearMatMul", 21,
    (ins AnyType:$a, AnyType:$aScale, AnyType:$aZeroPoint, AnyType:$b, AnyType:$bScale,
         AnyType:$bZeroPoint, AnyType:$yScale, AnyType:$yZeroPoint)>;
def Onnx_ConvIntegerOp : Onnx_Other<"ConvInteger", 10,
    !con((ins AnyType:$x, AnyType:$w, Maybe:$xZeroPoint, Maybe:$wZeroPoint), convAttrs)>;
def Onnx_QLinearConvOp : Onnx_Other<"QLinearConv", 10,
    !con((ins AnyType:$x, AnyType:$xScale, AnyType:$xZeroPoint, AnyType:$w, AnyType:$wScale,
              AnyType:$wZeroPoint, AnyType:$yScale, AnyType:$yZeroPoint, Maybe:$b), convAttrs)>;

#endif // COIL_DIALECTS_ONNX_ONNXQUANT_TD

// Reductions over axes.
#ifndef COIL_DIALECTS_ONNX_ONNXREDUCE_TD
#define COIL_DIALECTS_ONNX_ONNXREDUCE_TD

include "dialects/onnx/OnnxBase.td"

// Absent or empty axes mean all of them, or none with noop_with_empty_axes.
class Onnx_Reduce<string opType, int since> : Onnx_Other<opType, since,
    (ins AnyType:$data, Maybe:$axes, Int<1>:$keepdims, Int<0>:$noop_with_empty_axes),
    (outs AnyType:$reduced)>;

def Onnx_ReduceL1Op        : Onnx_Reduce<"ReduceL1", 18>;
def Onnx_ReduceL2Op        : Onnx_Reduce<"ReduceL2", 18>;
def Onnx_ReduceLogSumOp    : Onnx_Reduce<"ReduceLogSum", 18>;
def Onnx_ReduceLogSumExpOp : Onnx_Reduce<"ReduceLogSumExp", 18>;
def Onnx_ReduceMaxOp       : Onnx_Reduce<"ReduceMax", 20>;
def Onnx_ReduceMeanOp      : Onnx_Reduce<"ReduceMean", 18>;
def Onnx_ReduceMinOp       : Onnx_Reduce<"ReduceMin", 20>;
def Onnx_ReduceProdOp      : Onnx_Reduce<"ReduceProd", 18>;
def Onnx_ReduceSumOp       : Onnx_Reduce<"ReduceSum", 13>;
def Onnx_ReduceSumSquareOp : Onnx_Reduce<"ReduceSumSquare", 18>;

class Onnx_ArgReduce<string opType, int since> : Onnx_Other<opType, since,
    (ins AnyType:$data, Int<0>:$axis, Int<1>:$keepdims, Int<0>:$select_last_index),
    (outs AnyType:$reduced)>;

def Onnx_ArgMaxOp : Onnx_ArgReduce<"ArgMax", 13>;
def Onnx_ArgMinOp : Onnx_ArgReduce<"ArgMin", 13>;

#endif // COIL_DIALECTS_ONNX_ONNXREDUCE_TD

// Recurrent networks.
#ifndef COIL_DIALECTS_ONNX_ONNXRNN_TD
#define COIL_DIALECTS_ONNX_ONNXRNN_TD

include "dialects/onnx/OnnxBase.td"

class Onnx_Recurrent<string opType, int since, dag moreIns = (ins), dag moreOuts = (outs)>
    : Onnx_Other<opType, since,
        !con((ins AnyType:$x, AnyType:$w, AnyType:$r, Maybe:$b, Maybe:$sequenceLens, Maybe:$initialH),
             moreIns,
             (ins OptFloats:$activation_alpha, OptFloats:$activation_beta, OptStrs:$activations,
                  OptFloat:$clip, Str<"forward">:$direction, OptInt:$hidden_size, Int<0>:$layout)),
        !con((outs AnyType:$y, AnyType:$yH), moreOuts)>;

def Onnx_RNNOp  : Onnx_Recurrent<"RNN", 22>;
def Onnx_GRUOp  : Onnx_Recurrent<"GRU", 22, (ins Int<0>:$linear_before_reset)>;
def Onnx_LSTMOp : Onnx_Recurrent<"LSTM", 22, (ins Maybe:$initialC, Maybe:$p, Int<0>:$input_forget),
                                 (outs AnyType:$yC)>;

#endif // COIL_DIALECTS_ONNX_ONNXRNN_TD

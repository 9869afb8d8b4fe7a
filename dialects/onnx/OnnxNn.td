// Convolutions, pools, normalizations, attention.
#ifndef COIL_DIALECTS_ONNX_ONNXNN_TD
#define COIL_DIALECTS_ONNX_ONNXNN_TD

include "dialects/onnx/OnnxBase.td"

// Where a window goes; what convolutions and pools have in common.
defvar windowAttrs = (ins Str<"NOTSET">:$auto_pad, OptInts:$dilations, OptInts:$pads, OptInts:$strides);
defvar convAttrs = !con((ins OptInts:$kernel_shape, Int<1>:$group), windowAttrs);
defvar poolAttrs = !con((ins DenseI64ArrayAttr:$kernel_shape, Int<0>:$ceil_mode), windowAttrs);

// Convolutions.
def Onnx_ConvOp : Onnx_Other<"Conv", 22, !con((ins AnyType:$x, AnyType:$w, Maybe:$b), convAttrs)>;
def Onnx_ConvTransposeOp : Onnx_Other<"ConvTranspose", 22,
    !con((ins AnyType:$x, AnyType:$w, Maybe:$b, OptInts:$output_padding, OptInts:$output_shape), convAttrs)>;
def Onnx_DeformConvOp : Onnx_Other<"DeformConv", 22,
    (ins AnyType:$x, AnyType:$w, AnyType:$offset, Maybe:$b, Maybe:$mask,
         OptInts:$dilations, Int<1>:$group, OptInts:$kernel_shape, Int<1>:$offset_group,
         OptInts:$pads, OptInts:$strides)>;
def Onnx_Col2ImOp : Onnx_Other<"Col2Im", 18,
    (ins AnyType:$input, AnyType:$imageShape, AnyType:$blockShape,
         OptInts:$dilations, OptInts:$pads, OptInts:$strides)>;
def Onnx_CausalConvWithStateOp : Onnx_Other<"CausalConvWithState", 27,
    (ins AnyType:$input, AnyType:$weight, Maybe:$bias, Maybe:$pastState, Str<"none">:$activation),
    (outs AnyType:$output, AnyType:$presentState)>;

// Pools.
def Onnx_AveragePoolOp : Onnx_Unary<"AveragePool", 22, !con((ins Int<0>:$count_include_pad), poolAttrs)>;
def Onnx_LpPoolOp      : Onnx_Unary<"LpPool", 22, !con((ins Int<2>:$p), poolAttrs)>;
def Onnx_MaxPoolOp     : Onnx_Other<"MaxPool", 22, !con((ins AnyType:$x, Int<0>:$storage_order), poolAttrs),
                                    (outs AnyType:$y, AnyType:$indices)>;
def Onnx_GlobalAveragePoolOp : Onnx_Unary<"GlobalAveragePool", 22>;
def Onnx_GlobalLpPoolOp      : Onnx_Unary<"GlobalLpPool", 22, (ins Int<2>:$p)>;
def Onnx_GlobalMaxPoolOp     : Onnx_Unary<"GlobalMaxPool", 22>;
def Onnx_MaxUnpoolOp : Onnx_Other<"MaxUnpool", 22,
    (ins AnyType:$x, AnyType:$i, Maybe:$outputShape,
         DenseI64ArrayAttr:$kernel_shape, OptInts:$pads, OptInts:$strides)>;
def Onnx_MaxRoiPoolOp : Onnx_Other<"MaxRoiPool", 22,
    (ins AnyType:$x, AnyType:$rois, DenseI64ArrayAttr:$pooled_shape, Float<"1.0f">:$spatial_scale)>;
def Onnx_RoiAlignOp : Onnx_Other<"RoiAlign", 22,
    (ins AnyType:$x, AnyType:$rois, AnyType:$batchIndices,
         Str<"half_pixel">:$coordinate_transformation_mode, Str<"avg">:$mode, Int<1>:$output_height,
         Int<1>:$output_width, Int<0>:$sampling_ratio, Float<"1.0f">:$spatial_scale)>;

// Normalizations.
def Onnx_BatchNormalizationOp : Onnx_Other<"BatchNormalization", 15,
    (ins AnyType:$x, AnyType:$scale, AnyType:$b, AnyType:$inputMean, AnyType:$inputVar,
         Float<"1e-5f">:$epsilon, Float<"0.9f">:$momentum, Int<0>:$training_mode),
    (outs AnyType:$y, AnyType:$runningMean, AnyType:$runningVar)>;
def Onnx_InstanceNormalizationOp : Onnx_Other<"InstanceNormalization", 22,
    (ins AnyType:$input, AnyType:$scale, AnyType:$b, Float<"1e-5f">:$epsilon)>;
def Onnx_GroupNormalizationOp : Onnx_Other<"GroupNormalization", 21,
    (ins AnyType:$x, AnyType:$scale, AnyType:$bias,
         Float<"1e-5f">:$epsilon, I64Attr:$num_groups, OptType:$stash_type)>;
def Onnx_LayerNormalizationOp : Onnx_Other<"LayerNormalization", 17,
    (ins AnyType:$x, AnyType:$scale, Maybe:$b, Int<-1>:$axis, Float<"1e-5f">:$epsilon, OptType:$stash_type),
    (outs AnyType:$y, AnyType:$mean, AnyType:$invStdDev)>;
def Onnx_RMSNormalizationOp : Onnx_Other<"RMSNormalization", 23,
    (ins AnyType:$x, AnyType:$scale, Int<-1>:$axis, Float<"1e-5f">:$epsilon, OptType:$stash_type)>;
// Not in the specification; ONNX Runtime's exporters put it in the default domain.
def Onnx_SimplifiedLayerNormalizationOp : Onnx_Other<"SimplifiedLayerNormalization", 1,
    (ins AnyType:$x, AnyType:$scale, Int<-1>:$axis, Float<"1e-5f">:$epsilon, OptType:$stash_type),
    (outs AnyType:$y, AnyType:$invStdVar)>;
def Onnx_LpNormalizationOp : Onnx_Unary<"LpNormalization", 22, (ins Int<-1>:$axis, Int<2>:$p)>;
def Onnx_LRNOp : Onnx_Unary<"LRN", 13,
    (ins Float<"1e-4f">:$alpha, Float<"0.75f">:$beta, Float<"1.0f">:$bias, I64Attr:$size)>;
def Onnx_MeanVarianceNormalizationOp : Onnx_Unary<"MeanVarianceNormalization", 13,
    (ins DefaultValuedAttr<DenseI64ArrayAttr, "{0, 2, 3}">:$axes)>;
def Onnx_DropoutOp : Onnx_Other<"Dropout", 22,
    (ins AnyType:$data, Maybe:$ratio, Maybe:$trainingMode, OptInt:$seed),
    (outs AnyType:$output, AnyType:$mask)>;

// Attention.
def Onnx_AttentionOp : Onnx_Other<"Attention", 25,
    (ins AnyType:$q, AnyType:$k, AnyType:$v, Maybe:$attnMask, Maybe:$pastKey, Maybe:$pastValue,
         Maybe:$nonpadKvSeqlen,
         Int<0>:$is_causal, OptInt:$kv_num_heads, Int<-1>:$left_window_size, OptInt:$q_num_heads,
         Int<0>:$qk_matmul_output_mode, Int<-1>:$right_window_size, OptFloat:$scale,
         Float<"0.0f">:$softcap, OptType:$softmax_precision),
    (outs AnyType:$y, AnyType:$presentKey, AnyType:$presentValue, AnyType:$qkMatmulOutput)>;
def Onnx_LinearAttentionOp : Onnx_Other<"LinearAttention", 27,
    (ins AnyType:$query, AnyType:$key, AnyType:$value, Maybe:$pastState, Maybe:$decay, Maybe:$beta,
         Int<64>:$chunk_size, I64Attr:$kv_num_heads, I64Attr:$q_num_heads, Float<"0.0f">:$scale,
         Str<"gated_delta">:$update_rule),
    (outs AnyType:$output, AnyType:$presentState)>;
def Onnx_RotaryEmbeddingOp : Onnx_Other<"RotaryEmbedding", 23,
    (ins AnyType:$x, AnyType:$cosCache, AnyType:$sinCache, Maybe:$positionIds,
         Int<0>:$interleaved, Int<0>:$num_heads, Int<0>:$rotary_embedding_dim)>;

#endif // COIL_DIALECTS_ONNX_ONNXNN_TD

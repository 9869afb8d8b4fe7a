// ONNX Runtime's operators, domain com.microsoft.
#ifndef COIL_DIALECTS_ONNX_ONNXMICROSOFT_TD
#define COIL_DIALECTS_ONNX_ONNXMICROSOFT_TD

include "dialects/onnx/OnnxBase.td"
include "dialects/onnx/OnnxNn.td"

class Onnx_Microsoft<string opType, dag args, dag res = (outs AnyType:$y)>
    : Onnx_Other<"microsoft." # opType, 1, args, res>;

// Activations.
def Onnx_MsBiasGeluOp  : Onnx_Microsoft<"BiasGelu", (ins AnyType:$a, AnyType:$b)>;
def Onnx_MsFastGeluOp  : Onnx_Microsoft<"FastGelu", (ins AnyType:$x, Maybe:$bias)>;
def Onnx_MsBiasSplitGeluOp : Onnx_Microsoft<"BiasSplitGelu", (ins AnyType:$a, AnyType:$b)>;
def Onnx_MsGeluOp      : Onnx_Microsoft<"Gelu", (ins AnyType:$x)>;
def Onnx_MsQuickGeluOp : Onnx_Microsoft<"QuickGelu", (ins AnyType:$x, Float<"1.702f">:$alpha)>;

// Products and convolutions with something fused.
def Onnx_MsFusedMatMulOp : Onnx_Microsoft<"FusedMatMul",
    (ins AnyType:$a, AnyType:$b, Float<"1.0f">:$alpha, Int<0>:$transA, Int<0>:$transB,
         Int<0>:$transBatchA, Int<0>:$transBatchB)>;
def Onnx_MsFusedGemmOp : Onnx_Microsoft<"FusedGemm",
    (ins AnyType:$a, AnyType:$b, Maybe:$c, OptStr:$activation, OptFloat:$activation_alpha,
         OptFloat:$activation_beta, OptFloat:$activation_gamma,
         Float<"1.0f">:$alpha, Float<"1.0f">:$beta, Int<0>:$transA, Int<0>:$transB)>;
def Onnx_MsFusedConvOp : Onnx_Microsoft<"FusedConv",
    !con((ins AnyType:$x, AnyType:$w, Maybe:$b, Maybe:$z, OptStr:$activation, OptFloats:$activation_params),
         convAttrs)>;

def Onnx_MsNhwcMaxPoolOp : Onnx_Microsoft<"NhwcMaxPool", !con((ins AnyType:$x), poolAttrs)>;

// Matrices, and what is also in the default domain.
def Onnx_MsInverseOp : Onnx_Microsoft<"Inverse", (ins AnyType:$x)>;
def Onnx_MsTriluOp   : Onnx_Microsoft<"Trilu", (ins AnyType:$input, Maybe:$k, Int<1>:$upper)>;
def Onnx_MsUniqueOp  : Onnx_Microsoft<"Unique", (ins AnyType:$x),
    (outs AnyType:$y, AnyType:$inverseIndices, AnyType:$counts)>;

// Weights of few bits.
def Onnx_MsMatMulNBitsOp : Onnx_Microsoft<"MatMulNBits",
    (ins AnyType:$a, AnyType:$b, AnyType:$scales, Maybe:$zeroPoints, Maybe:$gIdx, Maybe:$bias,
         I64Attr:$K, I64Attr:$N, Int<0>:$accuracy_level, Int<4>:$bits, I64Attr:$block_size,
         Int<0>:$weight_prepacked)>;
def Onnx_MsGatherBlockQuantizedOp : Onnx_Microsoft<"GatherBlockQuantized",
    (ins AnyType:$data, AnyType:$indices, AnyType:$scales, Maybe:$zeroPoints,
         Int<4>:$bits, Int<128>:$block_size, Int<0>:$gather_axis, Int<1>:$quantize_axis)>;

// Products of quantized tensors.
def Onnx_MsDynamicQuantizeMatMulOp : Onnx_Microsoft<"DynamicQuantizeMatMul",
    (ins AnyType:$a, AnyType:$b, AnyType:$bScale, Maybe:$bZeroPoint, Maybe:$bias)>;
def Onnx_MsMatMulIntegerToFloatOp : Onnx_Microsoft<"MatMulIntegerToFloat",
    (ins AnyType:$a, AnyType:$b, AnyType:$aScale, AnyType:$bScale, Maybe:$aZeroPoint, Maybe:$bZeroPoint,
         Maybe:$bias)>;
def Onnx_MsQGemmOp : Onnx_Microsoft<"QGemm",
    (ins AnyType:$a, AnyType:$aScale, AnyType:$aZeroPoint, AnyType:$b, AnyType:$bScale, AnyType:$bZeroPoint,
         Maybe:$c, Maybe:$yScale, Maybe:$yZeroPoint, Float<"1.0f">:$alpha, Int<0>:$transA, Int<0>:$transB)>;

// Quantized counterparts of unary and binary operators.
class Onnx_QLinearUnary<string opType, dag attrs = (ins)> : Onnx_Microsoft<opType,
    !con((ins AnyType:$x, AnyType:$xScale, Maybe:$xZeroPoint, AnyType:$yScale, Maybe:$yZeroPoint), attrs)>;
class Onnx_QLinearBinary<string opType> : Onnx_Microsoft<opType,
    (ins AnyType:$a, AnyType:$aScale, Maybe:$aZeroPoint, AnyType:$b, AnyType:$bScale, Maybe:$bZeroPoint,
         AnyType:$cScale, Maybe:$cZeroPoint)>;

def Onnx_MsQLinearAddOp : Onnx_QLinearBinary<"QLinearAdd">;
def Onnx_MsQLinearMulOp : Onnx_QLinearBinary<"QLinearMul">;
def Onnx_MsQLinearAveragePoolOp : Onnx_QLinearUnary<"QLinearAveragePool",
    !con((ins Int<0>:$channels_last, Int<0>:$count_include_pad), poolAttrs)>;
def Onnx_MsQLinearGlobalAveragePoolOp : Onnx_QLinearUnary<"QLinearGlobalAveragePool", (ins Int<0>:$channels_last)>;
def Onnx_MsQLinearLeakyReluOp : Onnx_QLinearUnary<"QLinearLeakyRelu", (ins Float<"0.01f">:$alpha)>;
def Onnx_MsQLinearSigmoidOp   : Onnx_QLinearUnary<"QLinearSigmoid">;
def Onnx_MsQLinearSoftmaxOp   : Onnx_QLinearUnary<"QLinearSoftmax", (ins Int<-1>:$axis, OptInt:$opset)>;
// inputs: (tensor, scale, zero point) for each part.
def Onnx_MsQLinearConcatOp : Onnx_Microsoft<"QLinearConcat",
    (ins AnyType:$yScale, AnyType:$yZeroPoint, Variadic<AnyType>:$inputs, I64Attr:$axis)>;

// Normalizations.
def Onnx_MsEmbedLayerNormalizationOp : Onnx_Microsoft<"EmbedLayerNormalization",
    (ins AnyType:$inputIds, Maybe:$segmentIds, AnyType:$wordEmbedding, AnyType:$positionEmbedding,
         Maybe:$segmentEmbedding, AnyType:$gamma, AnyType:$beta, Maybe:$mask, Maybe:$positionIds,
         Float<"1e-12f">:$epsilon, Int<0>:$mask_index_type),
    (outs AnyType:$output, AnyType:$maskIndex, AnyType:$embeddingSum)>;
def Onnx_MsQEmbedLayerNormalizationOp : Onnx_Microsoft<"QEmbedLayerNormalization",
    (ins AnyType:$inputIds, Maybe:$segmentIds, AnyType:$wordEmbedding, AnyType:$positionEmbedding,
         Maybe:$segmentEmbedding, AnyType:$gamma, AnyType:$beta, Maybe:$mask,
         AnyType:$wordScale, AnyType:$positionScale, Maybe:$segmentScale, AnyType:$gammaScale, AnyType:$betaScale,
         AnyType:$wordZeroPoint, AnyType:$positionZeroPoint, Maybe:$segmentZeroPoint, AnyType:$gammaZeroPoint,
         AnyType:$betaZeroPoint, Float<"1e-12f">:$epsilon),
    (outs AnyType:$output, AnyType:$maskIndex)>;
def Onnx_MsSkipLayerNormalizationOp : Onnx_Microsoft<"SkipLayerNormalization",
    (ins AnyType:$input, AnyType:$skip, AnyType:$gamma, Maybe:$beta, Maybe:$bias, Float<"1e-12f">:$epsilon),
    (outs AnyType:$output, AnyType:$mean, AnyType:$invStdVar, AnyType:$inputSkipBiasSum)>;
def Onnx_MsSkipSimplifiedLayerNormalizationOp : Onnx_Microsoft<"SkipSimplifiedLayerNormalization",
    (ins AnyType:$input, AnyType:$skip, AnyType:$gamma, Maybe:$bias, Float<"1e-12f">:$epsilon),
    (outs AnyType:$output, AnyType:$mean, AnyType:$invStdVar, AnyType:$inputSkipBiasSum)>;
def Onnx_MsSimplifiedLayerNormalizationOp : Onnx_Microsoft<"SimplifiedLayerNormalization",
    (ins AnyType:$x, AnyType:$scale, Int<-1>:$axis, Float<"1e-5f">:$epsilon, OptType:$stash_type),
    (outs AnyType:$y, AnyType:$invStdVar)>;

// Attention.
def Onnx_MsAttentionOp : Onnx_Microsoft<"Attention",
    (ins AnyType:$input, AnyType:$weights, Maybe:$bias, Maybe:$maskIndex, Maybe:$past, Maybe:$attentionBias,
         Maybe:$pastSequenceLength,
         Int<0>:$do_rotary, Float<"-10000.0f">:$mask_filter_value, I64Attr:$num_heads,
         Int<0>:$past_present_share_buffer, OptInts:$qkv_hidden_sizes, OptInt:$rotary_embedding_dim,
         OptFloat:$scale, Int<0>:$unidirectional),
    (outs AnyType:$output, AnyType:$present)>;
def Onnx_MsQAttentionOp : Onnx_Microsoft<"QAttention",
    (ins AnyType:$input, AnyType:$weights, AnyType:$bias, AnyType:$inputScale, AnyType:$weightScale, Maybe:$maskIndex,
         Maybe:$inputZeroPoint, Maybe:$weightZeroPoint, Maybe:$past,
         Int<0>:$do_rotary, Float<"-10000.0f">:$mask_filter_value, I64Attr:$num_heads,
         Int<0>:$past_present_share_buffer, OptFloat:$scale, Int<0>:$unidirectional),
    (outs AnyType:$output, AnyType:$present)>;
def Onnx_MsMultiHeadAttentionOp : Onnx_Microsoft<"MultiHeadAttention",
    (ins AnyType:$query, Maybe:$key, Maybe:$value, Maybe:$bias, Maybe:$keyPaddingMask, Maybe:$attentionBias,
         Maybe:$pastKey, Maybe:$pastValue, Maybe:$pastSequenceLength, Maybe:$cacheIndirection,
         Float<"-10000.0f">:$mask_filter_value, I64Attr:$num_heads, OptFloat:$scale, Int<0>:$unidirectional),
    (outs AnyType:$output, AnyType:$presentKey, AnyType:$presentValue, AnyType:$qk)>;
def Onnx_MsGroupQueryAttentionOp : Onnx_Microsoft<"GroupQueryAttention",
    (ins AnyType:$query, Maybe:$key, Maybe:$value, Maybe:$pastKey, Maybe:$pastValue, AnyType:$seqlensK,
         AnyType:$totalSequenceLength, Maybe:$cosCache, Maybe:$sinCache, Maybe:$positionIds,
         Maybe:$attentionBias, Maybe:$headSink, Maybe:$kScale, Maybe:$vScale,
         Int<0>:$do_rotary, Str<"NONE">:$k_quant_type, OptInt:$kv_cache_bit_width, I64Attr:$kv_num_heads,
         Int<-1>:$local_window_size, I64Attr:$num_heads, Int<0>:$qk_output, Int<0>:$rotary_interleaved,
         OptFloat:$scale, Int<0>:$smooth_softmax, Float<"0.0f">:$softcap, Str<"NONE">:$v_quant_type),
    (outs AnyType:$output, AnyType:$presentKey, AnyType:$presentValue, AnyType:$outputQk)>;
def Onnx_MsRotaryEmbeddingOp : Onnx_Microsoft<"RotaryEmbedding",
    (ins AnyType:$input, AnyType:$positionIds, AnyType:$cosCache, AnyType:$sinCache,
         Int<0>:$interleaved, Int<0>:$is_packed_batching, Int<0>:$num_heads, Int<0>:$rotary_embedding_dim,
         Float<"1.0f">:$scale)>;

// Mixtures of experts.
defvar expertAttrs = (ins Float<"1.0f">:$activation_alpha, Float<"0.0f">:$activation_beta,
    Str<"relu">:$activation_type, Int<1>:$k, Int<0>:$normalize_routing_weights, Int<0>:$swiglu_fusion,
    OptFloat:$swiglu_limit, Int<0>:$use_sparse_mixer);
def Onnx_MsMoEOp : Onnx_Microsoft<"MoE",
    !con((ins AnyType:$input, AnyType:$routerProbs, AnyType:$fc1, Maybe:$fc1Bias, AnyType:$fc2, Maybe:$fc2Bias,
              Maybe:$fc3, Maybe:$fc3Bias), expertAttrs)>;
def Onnx_MsQMoEOp : Onnx_Microsoft<"QMoE",
    !con((ins AnyType:$input, AnyType:$routerProbs, AnyType:$fc1, AnyType:$fc1Scales, Maybe:$fc1Bias,
              AnyType:$fc2, AnyType:$fc2Scales, Maybe:$fc2Bias, Maybe:$fc3, Maybe:$fc3Scales, Maybe:$fc3Bias,
              Maybe:$fc1ZeroPoints, Maybe:$fc2ZeroPoints, Maybe:$fc3ZeroPoints,
              Int<0>:$block_size, Int<4>:$expert_weight_bits), expertAttrs)>;

#endif // COIL_DIALECTS_ONNX_ONNXMICROSOFT_TD

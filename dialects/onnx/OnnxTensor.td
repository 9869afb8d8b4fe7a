// Making, casting, reshaping, moving, gathering and scattering tensors.
#ifndef COIL_DIALECTS_ONNX_ONNXTENSOR_TD
#define COIL_DIALECTS_ONNX_ONNXTENSOR_TD

include "dialects/onnx/OnnxBase.td"

// Making tensors.
def Onnx_ConstantOp        : Onnx_Other<"Constant", 25, (ins ElementsAttr:$value)>;
def Onnx_ConstantOfShapeOp : Onnx_Unary<"ConstantOfShape", 25, (ins OptTensor:$value)>;
def Onnx_EyeLikeOp         : Onnx_Unary<"EyeLike", 22, (ins OptType:$dtype, Int<0>:$k)>;
def Onnx_RangeOp           : Onnx_Other<"Range", 27, (ins AnyType:$start, AnyType:$limit, AnyType:$delta,
                                                          OptType:$stash_type)>;
def Onnx_OneHotOp          : Onnx_Other<"OneHot", 11, (ins AnyType:$indices, AnyType:$depth, AnyType:$values,
                                                           Int<-1>:$axis)> { let strings = 4; }

// Element types.
def Onnx_CastOp     : Onnx_Unary<"Cast", 25, (ins TypeAttr:$to, Int<1>:$saturate, Str<"up">:$round_mode)> { let strings = 1; }
def Onnx_CastLikeOp : Onnx_Other<"CastLike", 25, (ins AnyType:$input, AnyType:$targetType,
                                                      Int<1>:$saturate, Str<"up">:$round_mode)> { let strings = 3; }
def Onnx_BitCastOp  : Onnx_Unary<"BitCast", 26, (ins TypeAttr:$to)>;

// Shapes.
def Onnx_IdentityOp  : Onnx_Unary<"Identity", 25> { let strings = 1; let sequences = 1; }
def Onnx_SizeOp      : Onnx_Unary<"Size", 25> { let strings = 1; }
def Onnx_ShapeOp     : Onnx_Unary<"Shape", 25, (ins OptInt:$end, Int<0>:$start)> { let strings = 1; }
def Onnx_FlattenOp   : Onnx_Unary<"Flatten", 25, (ins Int<1>:$axis)> { let strings = 1; }
def Onnx_TransposeOp : Onnx_Unary<"Transpose", 25, (ins OptInts:$perm)> { let strings = 1; }
def Onnx_ReshapeOp   : Onnx_Other<"Reshape", 25, (ins AnyType:$data, AnyType:$shape, Int<0>:$allowzero)> { let strings = 1; }
def Onnx_ExpandOp    : Onnx_Other<"Expand", 13, (ins AnyType:$input, AnyType:$shape)> { let strings = 1; }
def Onnx_SqueezeOp   : Onnx_Other<"Squeeze", 25, (ins AnyType:$data, Maybe:$axes)> { let strings = 1; }
def Onnx_UnsqueezeOp : Onnx_Other<"Unsqueeze", 25, (ins AnyType:$data, AnyType:$axes)> { let strings = 1; }
def Onnx_DepthToSpaceOp : Onnx_Unary<"DepthToSpace", 13, (ins I64Attr:$blocksize, Str<"DCR">:$mode)> { let strings = 1; }
def Onnx_SpaceToDepthOp : Onnx_Unary<"SpaceToDepth", 13, (ins I64Attr:$blocksize)> { let strings = 1; }

// Joining, cutting, padding.
def Onnx_ConcatOp : Onnx_Variadic<"Concat", 13, (ins I64Attr:$axis)> { let strings = -1; }
def Onnx_SplitOp  : Onnx_Other<"Split", 18, (ins AnyType:$input, Maybe:$split, Int<0>:$axis, OptInt:$num_outputs),
                               (outs Variadic<AnyType>:$outputs)> { let strings = 1; }
def Onnx_SliceOp  : Onnx_Other<"Slice", 13, (ins AnyType:$data, AnyType:$starts, AnyType:$ends,
                                                 Maybe:$axes, Maybe:$steps)> { let strings = 1; }
def Onnx_PadOp    : Onnx_Other<"Pad", 25, (ins AnyType:$data, AnyType:$pads, Maybe:$constantValue, Maybe:$axes,
                                               Str<"constant">:$mode)> { let strings = 5; }
def Onnx_CenterCropPadOp : Onnx_Other<"CenterCropPad", 18, (ins AnyType:$inputData, AnyType:$shape, OptInts:$axes)> { let strings = 1; }
def Onnx_TileOp   : Onnx_Other<"Tile", 13, (ins AnyType:$input, AnyType:$repeats)> { let strings = 1; }
def Onnx_TriluOp  : Onnx_Other<"Trilu", 14, (ins AnyType:$input, Maybe:$k, Int<1>:$upper)> { let strings = 1; }
def Onnx_ReverseSequenceOp : Onnx_Other<"ReverseSequence", 10,
    (ins AnyType:$input, AnyType:$sequenceLens, Int<1>:$batch_axis, Int<0>:$time_axis)> { let strings = 1; }

// Gathering and scattering.
class Onnx_Gather<string opType, int since, dag attrs>
    : Onnx_Other<opType, since, !con((ins AnyType:$data, AnyType:$indices), attrs)> {
  let strings = 1;
}
def Onnx_GatherOp         : Onnx_Gather<"Gather", 13, (ins Int<0>:$axis)>;
def Onnx_GatherElementsOp : Onnx_Gather<"GatherElements", 13, (ins Int<0>:$axis)>;
def Onnx_GatherNDOp       : Onnx_Gather<"GatherND", 13, (ins Int<0>:$batch_dims)>;

class Onnx_Scatter<string opType, int since, dag attrs>
    : Onnx_Other<opType, since, !con((ins AnyType:$data, AnyType:$indices, AnyType:$updates), attrs)>;
def Onnx_ScatterElementsOp : Onnx_Scatter<"ScatterElements", 18, (ins Int<0>:$axis, Str<"none">:$reduction)> { let strings = 5; }
def Onnx_ScatterNDOp       : Onnx_Scatter<"ScatterND", 18, (ins Str<"none">:$reduction)> { let strings = 5; }

def Onnx_TensorScatterOp : Onnx_Other<"TensorScatter", 24,
    (ins AnyType:$pastCache, AnyType:$update, Maybe:$writeIndices, Int<-2>:$axis, Str<"linear">:$mode),
    (outs AnyType:$presentCache)> { let strings = 3; }

// Results whose shape depends on data.
def Onnx_CompressOp : Onnx_Other<"Compress", 11, (ins AnyType:$input, AnyType:$condition, OptInt:$axis)> { let strings = 1; }
def Onnx_NonZeroOp  : Onnx_Unary<"NonZero", 13> { let strings = 1; }
def Onnx_UniqueOp   : Onnx_Other<"Unique", 11, (ins AnyType:$x, OptInt:$axis, Int<1>:$sorted),
    (outs AnyType:$y, AnyType:$indices, AnyType:$inverseIndices, AnyType:$counts)> { let strings = 1; }
def Onnx_NonMaxSuppressionOp : Onnx_Other<"NonMaxSuppression", 11,
    (ins AnyType:$boxes, AnyType:$scores, Maybe:$maxOutputBoxesPerClass, Maybe:$iouThreshold,
         Maybe:$scoreThreshold, Int<0>:$center_point_box),
    (outs AnyType:$selectedIndices)>;

// Images.
def Onnx_ResizeOp : Onnx_Other<"Resize", 19,
    (ins AnyType:$x, Maybe:$roi, Maybe:$scales, Maybe:$sizes,
         Int<0>:$antialias, OptInts:$axes, Str<"half_pixel">:$coordinate_transformation_mode,
         Float<"-0.75f">:$cubic_coeff_a, Int<0>:$exclude_outside, Float<"0.0f">:$extrapolation_value,
         Str<"stretch">:$keep_aspect_ratio_policy, Str<"nearest">:$mode,
         Str<"round_prefer_floor">:$nearest_mode)>;
def Onnx_AffineGridOp : Onnx_Other<"AffineGrid", 20, (ins AnyType:$theta, AnyType:$size, Int<0>:$align_corners),
                                   (outs AnyType:$grid)>;
def Onnx_GridSampleOp : Onnx_Other<"GridSample", 20,
    (ins AnyType:$x, AnyType:$grid, Int<0>:$align_corners, Str<"linear">:$mode, Str<"zeros">:$padding_mode)>;

#endif // COIL_DIALECTS_ONNX_ONNXTENSOR_TD

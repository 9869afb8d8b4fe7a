// tolerance: 1e-5 1e-5

#wide = affine_map<(i, j, k) -> (i * 2 + k, j + k)>
#tap = affine_map<(i, j, k) -> (k)>
#out = affine_map<(i, j, k) -> (i, j)>

// A sum along a diagonal, by index arithmetic that no operator has.
module attributes {coil.stage = "legalize"} {
  func.func @main(%x: tensor<15x11xf32> {onnx.name = "x", onnx.type = tensor<15x11xf32>, onnx.dims = ["", ""]},
                  %w: tensor<3xf32> {onnx.name = "w", onnx.type = tensor<3xf32>, onnx.dims = [""]})
      -> (tensor<7x9xf32> {onnx.name = "y", onnx.type = tensor<7x9xf32>, onnx.dims = ["", ""]}) {
    %zero = arith.constant 0.0 : f32
    %e = tensor.empty() : tensor<7x9xf32>
    %f = linalg.fill ins(%zero : f32) outs(%e : tensor<7x9xf32>) -> tensor<7x9xf32>
    %y = linalg.generic {indexing_maps = [#wide, #tap, #out], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%x, %w : tensor<15x11xf32>, tensor<3xf32>) outs(%f : tensor<7x9xf32>) {
    ^bb0(%in: f32, %by: f32, %out: f32):
      %0 = arith.mulf %in, %by : f32
      %1 = math.exp %0 : f32
      %2 = arith.addf %out, %1 : f32
      linalg.yield %2 : f32
    } -> tensor<7x9xf32>
    return %y : tensor<7x9xf32>
  }
}

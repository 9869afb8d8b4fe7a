#include "dialects/onnx/Onnx.h"
#include "passes/legalize/Recipe.h"
namespace coil { void addControlRecipes(RecipeTable &table) {} }

package float

import "slipstream/policy/graph"

// kernels has one entry per operator of package graph; TestEveryOperatorHasAKernel.
var kernels = makeKernels()

func makeKernels() map[graph.Op]kernel {
	m := map[graph.Op]kernel{
		graph.Not: test(isNot), graph.IsNaN: test(isNaN), graph.IsInf: test(isInf),
		graph.Where: where, graph.Clip: clip, graph.Mean: mean, graph.Mod: fold,
		graph.Gemm: gemm, graph.MatMul: matMul, graph.MatMulInteger: matMulInteger,
		graph.QLinearMatMul: qlinearMatMul, graph.QuantizeLinear: quantizeLinear,
		graph.DequantizeLinear: dequantizeLinear, graph.DynamicQuantizeLinear: dynamicQuantizeLinear,
		graph.BatchNormalization: batchNorm, graph.LayerNormalization: layerNorm,
		graph.RMSNormalization: layerNorm, graph.Attention: attention,
		graph.Softmax: softmax, graph.LogSoftmax: softmax, graph.Hardmax: softmax,
		graph.LSTM: recurrent, graph.GRU: recurrent, graph.RNN: recurrent,
		graph.ArgMax: argExtreme, graph.ArgMin: argExtreme, graph.Cast: cast, graph.Concat: concat,
		graph.ConstantOfShape: constantOfShape, graph.CumSum: cumSum, graph.Expand: expand,
		graph.Flatten: flatten, graph.Gather: gather, graph.GatherElements: gatherElements,
		graph.Range: rangeOf, graph.Reshape: reshape, graph.Shape: shapeOf, graph.Size: size,
		graph.Slice: slice, graph.Split: split, graph.Squeeze: squeeze, graph.Tile: tile,
		graph.TopK: topK, graph.Transpose: transpose, graph.Unsqueeze: unsqueeze,
		graph.TreeEnsemble: treeEnsemble, graph.TreeEnsembleClassifier: treeClassifier,
		graph.SVMRegressor: svmRegressor, graph.SVMClassifier: svmClassifier,
		graph.LinearRegressor: linearRegressor, graph.LinearClassifier: linearClassifier,
		graph.Scaler: scaler, graph.Normalizer: normalizer, graph.Imputer: imputer,
		graph.LabelEncoder: labelEncoder, graph.Binarizer: unary,
		graph.ArrayFeatureExtractor: arrayFeatureExtractor, graph.FeatureVectorizer: featureVectorizer,
	}
	for op := range unaries {
		m[op] = unary
	}
	for _, op := range []graph.Op{graph.Celu, graph.Elu, graph.HardSigmoid, graph.LeakyRelu, graph.Selu,
		graph.Swish, graph.ThresholdedRelu, graph.Gelu} {
		m[op] = unary
	}
	for op := range ariths {
		m[op] = fold
	}
	for op := range relations {
		m[op] = relate
	}
	for op := range reductions {
		m[op] = reduce
	}
	m[graph.ReduceLogSumExp] = reduce
	return m
}

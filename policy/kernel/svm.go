package kernel

import "unsafe"

// Vectors are the support vectors of an SVM in AVX2 form: [32 vectors][feature][32].
type Vectors struct {
	packed   []float32
	features int
	n        int // vectors
	values   []float32
	coef     []float32 // [outputs][values], padded with zeros
}

// NewVectors packs vectors [n][features] and coefficients [outputs][n].
func NewVectors(vectors, coef []float32, features int) *Vectors {
	v := &Vectors{features: features, n: len(vectors) / features}
	pad := roundUp(v.n, 32)
	v.packed, v.values = make([]float32, pad*features), make([]float32, pad)
	for k := range v.n {
		for f := range features {
			v.packed[k/32*32*features+f*32+k%32] = vectors[k*features+f]
		}
	}
	outputs := len(coef) / v.n
	v.coef = make([]float32, outputs*pad)
	for o := range outputs {
		copy(v.coef[o*pad:], coef[o*v.n:][:v.n])
	}
	return v
}

// Dot fills Values with the dot products of x and every vector.
func (v *Vectors) Dot(x unsafe.Pointer) {
	distances((*float32)(x), &v.packed[0], &v.values[0], v.features, len(v.values)/32, 0, 0)
	clear(v.values[v.n:])
}

// RBF fills Values with exp(-gamma*|x-v|^2).
func (v *Vectors) RBF(x unsafe.Pointer, gamma float32) {
	distances((*float32)(x), &v.packed[0], &v.values[0], v.features, len(v.values)/32, 1, -gamma)
	clear(v.values[v.n:])
}

// Values are the kernel's values, one per vector.
func (v *Vectors) Values() []float32 { return v.values[:v.n] }

// Sum is the weighted sum of output o, in eight lanes.
func (v *Vectors) Sum(o int) float32 {
	return laneDot(&v.values[0], &v.coef[o*len(v.values)], len(v.values)/8)
}

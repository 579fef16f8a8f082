package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"

	"slipstream/policy/bundle"
	"slipstream/policy/graph"
	"slipstream/policy/onnx"
	"slipstream/policy/treefile"
)

// maxModelFile bounds a model or a bundle, in bytes; ONNX files have a smaller bound of their own.
const maxModelFile = 256 << 20

// bundleMagic begins a bundle.
var bundleMagic = []byte("SLIP\x8b\r\n\x1a")

// model is an imported model file.
type model struct {
	graph  *graph.Graph
	source bundle.Source
}

// isBundle reports whether the file's bytes are meant to be a bundle.
func isBundle(path string, b []byte) bool {
	return bytes.HasPrefix(b, bundleMagic) || filepath.Ext(path) == ".bundle"
}

// readModel imports a model; the format goes by the name's end, else by its first bytes.
func readModel(path string) (*model, error) {
	b, err := readBounded(path, maxModelFile)
	if err != nil {
		return nil, err
	}
	if isBundle(path, b) {
		return nil, fmt.Errorf("%s is a bundle: a compiled model cannot be imported again", path)
	}
	return parseModel(path, b)
}

func parseModel(path string, b []byte) (m *model, err error) {
	m = &model{source: source(path, b)}
	m.source.Format = modelFormat(path, b)
	r := bytes.NewReader(b)
	switch m.source.Format {
	case "xgboost":
		m.graph, err = treefile.XGBoost(r, treefile.Limits{})
	case "lightgbm":
		m.graph, err = treefile.LightGBM(r, treefile.Limits{})
	default:
		m.graph, err = onnx.Read(r, onnx.Limits{})
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

func modelFormat(path string, b []byte) string {
	head := bytes.TrimLeft(b[:min(len(b), 64)], " \t\r\n")
	switch strings.ToLower(filepath.Ext(path)) {
	case ".onnx":
		return "onnx"
	case ".json":
		return "xgboost"
	case ".txt":
		return "lightgbm"
	}
	switch {
	case bytes.HasPrefix(head, []byte("{")):
		return "xgboost"
	case bytes.HasPrefix(head, []byte("tree\n")), bytes.HasPrefix(head, []byte("tree\r\n")):
		return "lightgbm"
	}
	return "onnx"
}

// source names a file in a provenance.
func source(path string, b []byte) bundle.Source {
	sum := sha256.Sum256(b)
	return bundle.Source{File: filepath.Base(path), Bytes: int64(len(b)), SHA256: hex.EncodeToString(sum[:])}
}

// ports are the named ends of a graph.
func (m *model) ports(ends []graph.Port) []port {
	p := make([]port, len(ends))
	for i, e := range ends {
		v := &m.graph.Values[e.Value]
		p[i] = port{e.Name, v.DType, v.Dims}
	}
	return p
}

package imitate

import _ "embed"

//go:generate go run ./gen -out twap.bundle

// TWAPBundle is a compiled network that does what the passive TWAP schedule does, the
// LEARNED policy of the demo until a trained one ships.
//
//go:embed twap.bundle
var TWAPBundle []byte

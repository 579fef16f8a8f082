package ring

import (
	"fmt"
	"hash/fnv"
	"reflect"
)

// fingerprint describes a record type's layout: names, kinds, sizes and offsets of
// all that is in it. Two builds with the same fingerprint read each other's rings.
// Types with pointers are refused: neither the collector nor another process could
// follow them.
func fingerprint(t reflect.Type) (uint64, error) {
	h := fnv.New64a()
	if err := describe(h.Write, t); err != nil {
		return 0, err
	}
	return h.Sum64(), nil
}

func describe(write func([]byte) (int, error), t reflect.Type) error {
	_, _ = write(fmt.Appendf(nil, "%s %d;", t.Kind(), t.Size()))
	switch t.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
		reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		return nil
	case reflect.Array:
		_, _ = write(fmt.Appendf(nil, "[%d]", t.Len()))
		return describe(write, t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			_, _ = write(fmt.Appendf(nil, "%s@%d ", f.Name, f.Offset))
			if err := describe(write, f.Type); err != nil {
				return fmt.Errorf("%s.%w", f.Name, err)
			}
		}
		return nil
	}
	return fmt.Errorf("ring: a record must hold no pointer, but has a %s", t)
}

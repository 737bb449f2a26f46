package provider

import (
	"reflect"
	"time"
)

// memorySize returns roughly how many bytes v occupies, including everything that
// it points to. It does not follow cycles, and v must not have any.
func memorySize(v reflect.Value) int { return int(v.Type().Size()) + pointedSize(v) }

// pointedSize returns how many bytes v occupies outside of itself.
func pointedSize(v reflect.Value) (size int) {
	const perMapEntry = 16 // apart from key and value
	switch v.Kind() {
	case reflect.String:
		return v.Len()
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			return memorySize(v.Elem())
		}
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice {
			size = v.Cap() * int(v.Type().Elem().Size())
		}
		for i := 0; i < v.Len() && hasPointers(v.Type().Elem()); i++ {
			size += pointedSize(v.Index(i))
		}
	case reflect.Map:
		for entry := v.MapRange(); entry.Next(); {
			size += memorySize(entry.Key()) + memorySize(entry.Value()) + perMapEntry
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return 0 // the zone is shared
		}
		for _, field := range v.Fields() {
			size += pointedSize(field)
		}
	}
	return size
}

// hasPointers reports whether a value of the type can point to memory.
func hasPointers(t reflect.Type) bool { return t.Kind() > reflect.Complex128 }

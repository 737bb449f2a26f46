package settings

import (
	"fmt"
	"reflect"
	"time"
)

// Faults returns the durations and numbers of the struct that v points to, and of its
// embedded structs, that are outside of the bounds of their tags. Call it after
// SetDefaults.
func Faults(v any) (faults []error) {
	for _, s := range Of(v) {
		value := reflect.ValueOf(s.Pointer).Elem()
		if value.CanInt() && s.hasBounds(value.Type()) {
			if problem := s.outside(value); problem != "" {
				faults = append(faults, &Fault{s.Field, problem})
			}
		}
	}
	return faults
}

// hasBounds reports whether the setting is a duration or a number, and panics if such a
// setting is declared without bounds: a wrong value that nobody checks could disable
// logins.
func (s Setting) hasBounds(t reflect.Type) bool {
	if t.Kind() == reflect.Bool {
		return false
	}
	if s.Min == "" {
		panic(fmt.Sprintf("the setting %s has no tag min", s.Key))
	}
	return true
}

// outside returns what is wrong with a value that is outside of the bounds.
func (s Setting) outside(value reflect.Value) string {
	lowest, highest := s.bound(s.Min), s.bound(s.Max)
	why := s.Why
	if why != "" {
		why = " (" + why + ")"
	}
	switch n := value.Int(); {
	case n < 0 && s.Negative, n == 0 && s.Default == "":
		return ""
	case n < lowest:
		return fmt.Sprintf(" is %v; it must be at least %s%s", value.Interface(), s.Min, s.alternative())
	case s.Max != "" && n > highest:
		return fmt.Sprintf(" is %v; it must be at most %s%s", value.Interface(), s.Max, why)
	}
	return ""
}

// alternative mentions that a negative value has a meaning.
func (s Setting) alternative() string {
	if s.Negative {
		return ", or negative"
	}
	return ""
}

// bound returns the value of a bound, or 0. A bound that cannot be parsed is a bug, and
// bound panics.
func (s Setting) bound(text string) int64 {
	if text == "" {
		return 0
	}
	if _, isDuration := s.Pointer.(*time.Duration); isDuration {
		d, err := ParseDuration(text)
		if err != nil {
			panic(fmt.Sprintf("bound of %s: %v", s.Key, err))
		}
		return int64(d)
	}
	var n int64
	if _, err := fmt.Sscan(text, &n); err != nil {
		panic(fmt.Sprintf("bound of %s: %v", s.Key, err))
	}
	return n
}

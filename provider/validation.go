package provider

import (
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/validate"
)

// validation collects what is wrong with a client.
type validation struct{ faults validate.FieldErrors }

func (v *validation) reject(field, format string, args ...any) {
	v.faults = append(v.faults, clientFault(field, format, args...)...)
}

// choice rejects a value that is not one of the choices. Empty is the default.
func (v *validation) choice(field, value string, choices []string) (ok bool) {
	if value == "" || slices.Contains(choices, value) {
		return true
	}
	v.reject(field, "%q is not supported. Choose one of: %s.", value, strings.Join(choices, ", "))
	return false
}

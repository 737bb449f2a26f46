package validate_test

import (
	"testing"

	"github.com/seed-e6a88a41/latchkey/validate"
)

func TestFieldErrorsHasOneLinePerField(t *testing.T) {
	err := append(validate.Field("name", "A name has at most %d bytes.", 200), validate.Field("email", "This is not an e-mail address.")...)
	want := "name: A name has at most 200 bytes.\nemail: This is not an e-mail address."
	if got := err.Error(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

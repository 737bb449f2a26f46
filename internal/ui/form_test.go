package ui_test

import (
	"maps"
	"net/url"
	"slices"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// TestKeptFields: a page repeats what a person entered, but no password and no code, and nothing
// with which the person confirmed their identity.
func TestKeptFields(t *testing.T) {
	form := url.Values{
		"username": {"ada"}, "confirmed": {"yes"}, "scope": {"a", "b"},
		"password": {"x"}, "password_again": {"x"}, "present": {"x"}, "provider_secret": {"x"},
		"confirm_password": {"x"}, "confirm_code": {"x"}, "confirm_passkey": {"x"}, "confirm_later": {"x"},
	}
	kept := ui.KeptFields(form)
	if names := slices.Sorted(maps.Keys(kept)); !slices.Equal(names, []string{"confirmed", ui.DroppedSecret, "scope", "username"}) || len(kept["scope"]) != 2 || ui.Dropped(form, "password") || !ui.Dropped(kept, "password") || ui.Dropped(kept, "confirm_password") {
		t.Errorf("got %v", kept)
	}
}

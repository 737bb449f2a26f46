package passkeys

import (
	"errors"
	"strings"
	"testing"
)

// TestAnswersHaveALimitedSize: a longer one is rejected before it is parsed.
func TestAnswersHaveALimitedSize(t *testing.T) {
	padding := strings.Repeat(" ", maxResponse)
	if _, err := ParseAssertion([]byte(assertion)); err != nil {
		t.Fatal(err)
	}
	if _, err := ParseAssertion([]byte(assertion + padding)); !errors.Is(err, ErrInvalid) {
		t.Errorf("a login: %v", err)
	}
	if _, err := ParseRegistration([]byte(registration + padding)); !errors.Is(err, ErrInvalid) {
		t.Errorf("a registration: %v", err)
	}
}

// TestServerWithoutAnIDHasNoPasskeys: its pages cannot offer any.
func TestServerWithoutAnIDHasNoPasskeys(t *testing.T) {
	var rp RelyingParty
	if _, err := rp.CreationOptions(User{}, nil, nil, false); err == nil {
		t.Error("a passkey can be created")
	}
	if _, err := rp.RequestOptions(nil, nil, true); err == nil {
		t.Error("a passkey can be requested")
	}
}

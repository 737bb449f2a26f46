package latchkey_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

func TestHooksReadTheMetadataOfPeople(t *testing.T) {
	var server *latchkey.Server
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.AddClaims = func(ctx context.Context, info oauth.TokenInfo, _ oauth.ClaimsTarget) (map[string]any, error) {
			metadata, err := server.PersonMetadata(ctx, info.Subject)
			if err != nil || len(metadata) == 0 {
				return nil, err
			}
			return map[string]any{"customer": metadata}, nil
		}
	})
	server = p.Server
	ada := p.AddUser("ada", false)
	claim := func() string {
		t.Helper()
		found, err := server.Verifier().Verify(t.Context(), p.Token("ada", "read"))
		if err != nil {
			t.Fatal(err)
		}
		var claims struct {
			Customer json.RawMessage `json:"customer"`
		}
		if err := found.Claims(&claims); err != nil {
			t.Fatal(err)
		}
		return string(claims.Customer)
	}
	for _, test := range []struct{ set, want string }{
		{`{"plan": "gold", "id": 12345678901234567890}`, `{"plan":"gold","id":12345678901234567890}`},
		{"{}", ""},
		{`{"plan":"free"}`, `{"plan":"free"}`},
		{"", ""},
	} {
		if err := server.SetPersonMetadata(t.Context(), ada.ID, json.RawMessage(test.set)); err != nil {
			t.Error(err)
		}
		if got := claim(); got != test.want {
			t.Errorf("%s: the claim is %s", test.set, got)
		}
	}
	if err := server.SetPersonMetadata(t.Context(), ada.ID, json.RawMessage(`["gold"]`)); !errors.As(err, new(validate.FieldErrors)) {
		t.Errorf("a list: %v", err)
	}
	if err := server.SetPersonMetadata(t.Context(), "nobody", nil); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
	if _, err := server.PersonMetadata(t.Context(), "nobody"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
}

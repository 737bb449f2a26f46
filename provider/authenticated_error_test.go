package provider_test

import (
	"errors"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestErrorSaysWhetherTheClientProvedItsSecret at every endpoint that checks one.
func TestErrorSaysWhetherTheClientProvedItsSecret(t *testing.T) {
	h := newHouse(t, nil)
	stored, err := h.store.Client(ctx, h.id)
	if err != nil {
		t.Fatal(err)
	}
	public, disabled := *stored, *stored
	public.ID, public.Type, public.Secrets = "public", oauth.Public, nil
	disabled.ID, disabled.Disabled = "disabled", true
	for _, c := range []*oauth.Client{&public, &disabled} {
		h.add(c)
	}
	endpoints := map[string]func(pairs ...string) error{
		"token":      func(pairs ...string) error { _, err := h.Token(ctx, "", params(t, pairs...)); return err },
		"introspect": func(pairs ...string) error { _, err := h.Introspect(ctx, "", params(t, pairs...)); return err },
		"revoke":     func(pairs ...string) error { return h.Revoke(ctx, "", params(t, pairs...)) },
	}
	for name, request := range endpoints {
		for _, test := range []struct {
			id, secret string
			want       bool
		}{{h.id, h.key, true}, {h.id, "wrong", false}, {h.id, "", false}, {"public", "", false}, {"disabled", h.key, true}, {"disabled", "wrong", false}} {
			err := request("client_id", test.id, "client_secret", test.secret, "grant_type", "authorization_code", "code", "unknown")
			if rejected, ok := errors.AsType[*oauth.Error](err); !ok || rejected.Authenticated != test.want {
				t.Errorf("%s as %s with the secret %q: %+v", name, test.id, test.secret, rejected)
			}
		}
	}
}

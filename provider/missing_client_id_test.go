package provider_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// RFC 6749 §5.2: the error of every endpoint that authenticates clients says that the
// client_id is missing, not that the application is unknown.
func TestMissingClientIDIsReported(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	endpoints := map[string]func(authorization string, p oauth.Params) error{
		"token":      func(a string, p oauth.Params) error { _, err := h.Token(ctx, a, p); return err },
		"introspect": func(a string, p oauth.Params) error { _, err := h.Introspect(ctx, a, p); return err },
		"revoke":     func(a string, p oauth.Params) error { return h.Revoke(ctx, a, p) },
		"push":       func(a string, p oauth.Params) error { _, err := h.Push(ctx, a, p); return err },
		"device":     func(a string, p oauth.Params) error { _, err := h.AuthorizeDevice(ctx, a, p); return err },
	}
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(":secret"))
	for name, request := range endpoints {
		for how, err := range map[string]error{
			"an empty form": request("", params(t, "grant_type", "client_credentials", "token", "x")),
			"only a secret": request("", params(t, "grant_type", "client_credentials", "token", "x", "client_secret", "secret")),
			"an empty user": request(basic, params(t, "grant_type", "client_credentials", "token", "x")),
		} {
			if rejected, ok := errors.AsType[*oauth.Error](err); !ok || rejected.Code != oauth.CodeInvalidClient || !strings.Contains(rejected.Description, "client_id is missing") {
				t.Errorf("%s, %s: %v", name, how, err)
			}
		}
	}
}

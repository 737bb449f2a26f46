package latchkey_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A mistake in a call about an application is reported, and the error says which application
// does not exist.
func TestMistakesAboutApplicationsAreReported(t *testing.T) {
	p := latchkeytest.New(t)
	ctx := t.Context()
	app := &oauth.Client{Name: "Shop", RedirectURIs: []string{"https://shop.example/cb"}}
	if _, err := p.Server.CreateApplication(ctx, app); err != nil {
		t.Fatal(err)
	}
	web := func(kind oauth.ClientType) *oauth.Client {
		return &oauth.Client{Name: "App", Type: kind, RedirectURIs: []string{"https://app.example/cb"}}
	}
	_, rotated := p.Server.RotateSecret(ctx, "trackr", 0)
	for name, c := range map[string]struct {
		err     error
		want    string // empty: no error
		missing bool
	}{
		"a consent":                            {p.Server.WithdrawConsent(ctx, "ada-id", app.ID), "", false},
		"a consent, arguments swapped":         {p.Server.WithdrawConsent(ctx, app.ID, "ada-id"), `there is no application with the client ID "ada-id"`, true},
		"a secret of an unknown application":   {rotated, `there is no application with the client ID "trackr"`, true},
		"a change of an unknown application":   {p.Server.UpdateApplication(ctx, &oauth.Client{ID: "trackr", Name: "x"}), `"trackr"`, true},
		"a deletion of an unknown application": {p.Server.DeleteApplication(ctx, "trackr"), `"trackr"`, true},
		"an import without its secret":         {p.Server.ImportApplication(ctx, web(""), ""), "To generate one, use CreateApplication", false},
		"an import of a public application":    {p.Server.ImportApplication(ctx, web(oauth.Public), ""), "", false},
	} {
		if got := errors.Is(c.err, oauth.ErrNotFound); got != c.missing || (c.err == nil) != (c.want == "") || c.err != nil && !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, c.err, c.want)
		}
	}
}

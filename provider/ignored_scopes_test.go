package provider_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestIgnoredScopesAreLogged: with openid, unknown scopes are ignored (OpenID Connect Core
// §3.1.2.1), so only the log and the steps of the attempt show a misspelt one.
func TestIgnoredScopesAreLogged(t *testing.T) {
	for scope, want := range map[string]string{
		"openid raed read":         `scopes=raed count=1 hint="(did you mean read?)"`,
		"openid read":              "",
		"openid a1 a2 a3 a4 a5 a6": `scopes="a1 a2 a3 a4 a5" count=6`,
		"openid lk_cs_0316WeNQ3hgdAzQpCMNJ08QovqDtsKNXJBDLWQl7giqY8Ycs3Sgs6VoiuSpP0nEWj37bYSJ": "scopes=lk_cs_... count=1",
		"openid " + strings.Repeat("x", 1000):                                                  "scopes=" + strings.Repeat("x", 60) + " count=1",
	} {
		var log bytes.Buffer
		h := newHouse(t, func(c *provider.Config, _ *oauth.Client) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
		log.Reset()
		req, err := h.ask("scope", scope)
		if err != nil {
			t.Fatal(err)
		}
		if shown, _ := req.Ignored.MarshalText(); !strings.Contains(strings.ReplaceAll(want, `"`, ""), string(shown)) || (want == "") != (len(shown) == 0) {
			t.Errorf("%s: the request has the ignored scopes %q, want those of %q", scope, shown, want)
		}
		if got := log.String(); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: the log has %q, want %q", scope, got, want)
		}
	}
}

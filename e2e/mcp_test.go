package e2e

import (
	"slices"
	"testing"
)

// TestMCPClientsUseAProtectedServer: the official TypeScript and Python SDKs of MCP
// find the provider of the example in examples/mcp, which accepts only tokens for
// itself, and request one more scope when a tool needs it. Each client is known to the
// provider in one of three ways: an administrator has added it, it registers itself
// (RFC 7591), or its client_id is the URL of its metadata document
// (draft-ietf-oauth-client-id-metadata-document). The person is asked only for what a
// tool needs, and sees what is new.
func TestMCPClientsUseAProtectedServer(t *testing.T) {
	t.Parallel()
	s := startMCPProvider(t)
	s.start()
	for _, sdk := range []struct {
		script, asks string
		grants       []string
	}{
		// With a refresh token, the SDK refreshes when it needs another scope, and gives up.
		{"mcp.mjs", "See your notes", []string{"authorization_code"}},
		{"mcp_client.py", "See your notes, Keep this access after you have logged out", []string{"authorization_code", "refresh_token"}},
	} {
		run := func(t *testing.T, config map[string]any) {
			t.Helper()
			config["server"], config["redirect_uri"] = s.uri, redirectURI
			who := runClient(t, s.provider, sdk.script, config)
			if want := []string{sdk.asks, "Add notes (new), " + sdk.asks}; !slices.Equal(who.asked, want) {
				t.Errorf("the person was asked for %q, want %q", who.asked, want)
			}
		}
		t.Run(sdk.script, func(t *testing.T) {
			run(t, map[string]any{"client_id": s.addPublic(redirectURI, sdk.grants...)})
		})
		t.Run(sdk.script+" registers itself", func(t *testing.T) {
			run(t, map[string]any{})
		})
		t.Run(sdk.script+" has a metadata document", func(t *testing.T) {
			id := s.documents.publish("/"+sdk.script+".json", redirectURI, sdk.grants...)
			run(t, map[string]any{"client_metadata_url": id})
			if !s.documents.fetched(id) {
				t.Error("the provider did not fetch the document")
			}
		})
	}
}

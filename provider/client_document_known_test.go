package provider_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/internal/testjwt"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// knownDocuments are metadata documents as they were published in September 2026,
// and a redirect URI that the client then uses. Claude Code, Codex, opencode and Zed
// use any port of the loopback host, ChatGPT can authenticate in two ways, and some
// list grants that are not for a client that describes itself.
func knownDocuments() map[string]struct{ document, redirect string } {
	return map[string]struct{ document, redirect string }{
		"https://claude.ai/oauth/claude-code-client-metadata": {
			`{"client_id":"https://claude.ai/oauth/claude-code-client-metadata","client_name":"Claude Code","client_uri":"https://claude.ai",
			"redirect_uris":["http://localhost/callback","http://127.0.0.1/callback"],"grant_types":["authorization_code","refresh_token"],
			"response_types":["code"],"token_endpoint_auth_method":"none"}`, "http://localhost:54321/callback",
		},
		"https://claude.ai/oauth/mcp-oauth-client-metadata": {
			`{"client_id":"https://claude.ai/oauth/mcp-oauth-client-metadata","client_name":"Claude","client_uri":"https://claude.ai",
			"redirect_uris":["https://claude.ai/api/mcp/auth_callback"],"grant_types":["authorization_code","refresh_token","urn:ietf:params:oauth:grant-type:jwt-bearer"],
			"response_types":["code"],"token_endpoint_auth_method":"none"}`, "https://claude.ai/api/mcp/auth_callback",
		},
		"https://chatgpt.com/oauth/client.json": {
			`{"client_id":"https://chatgpt.com/oauth/client.json","client_uri":"https://chatgpt.com/",
			"redirect_uris":["https://chatgpt.com/connector_platform_oauth_redirect"],"token_endpoint_auth_method":"private_key_jwt",
			"token_endpoint_auth_methods_supported":["none","private_key_jwt"],"grant_types":["authorization_code","refresh_token"],"response_types":["code"],
			"client_name":"ChatGPT","logo_uri":"https://persistent.oaistatic.com/sonic/misc/openai-logo.png","token_endpoint_auth_signing_alg":"RS256",
			"jwks_uri":"https://chatgpt.com/oauth/jwks.json"}`, "https://chatgpt.com/connector_platform_oauth_redirect",
		},
		"https://vscode.dev/oauth/client-metadata.json": {
			`{"client_name":"Visual Studio Code","logo_uri":"https://code.visualstudio.com/assets/branding/code-stable.png",
			"grant_types":["authorization_code","refresh_token","urn:ietf:params:oauth:grant-type:device_code"],"response_types":["code"],
			"token_endpoint_auth_method":"none","application_type":"native","client_id":"https://vscode.dev/oauth/client-metadata.json",
			"client_uri":"https://vscode.dev/product","redirect_uris":["http://127.0.0.1:33418/","https://vscode.dev/redirect"]}`, "http://127.0.0.1:33419/",
		},
		"https://opencode.ai/oauth/opencode/client.json": {
			`{"client_id":"https://opencode.ai/oauth/opencode/client.json","client_name":"opencode","client_uri":"https://opencode.ai",
			"logo_uri":"https://opencode.ai/web-app-manifest-512x512.png","application_type":"native",
			"redirect_uris":["http://127.0.0.1/callback","http://localhost/callback"],"grant_types":["authorization_code","refresh_token"],
			"response_types":["code"],"token_endpoint_auth_method":"none","token_endpoint_auth_methods_supported":["none"]}`, "http://127.0.0.1:1/callback",
		},
		"https://minimal.example/client": {
			`{"client_id":"https://minimal.example/client","redirect_uris":["https://minimal.example/cb"]}`, "https://minimal.example/cb",
		},
	}
}

// Each client authenticates with none and PKCE, which its document allows.
func TestDocumentsOfWellKnownClientsWork(t *testing.T) {
	for id, test := range knownDocuments() {
		h, s := newDocumentHouse(t, nil)
		s.publish(id, test.document)
		h.id = id
		code := h.code("redirect_uri", test.redirect, "client_id", id)
		tokens, err := h.exchange(code, "redirect_uri", test.redirect)
		if err != nil {
			t.Errorf("%s: %v", id, err)
			continue
		}
		if _, err := h.refresh(tokens.RefreshToken); (err != nil) == strings.Contains(test.document, "refresh_token") {
			t.Errorf("%s: a refresh: %v", id, err)
		}
		if _, err := h.ask("code_challenge", "", "code_challenge_method", "", "redirect_uri", test.redirect); err == nil {
			t.Errorf("%s: a request without PKCE is accepted", id)
		}
	}
}

// Cursor has no document. It registers three redirect URIs at once, and uses one of
// them.
func TestCursorRegistersItself(t *testing.T) {
	h := newOpenHouse(t, nil)
	for _, members := range []string{"", `,"application_type":"native"`} {
		h.register(`{"client_name":"Cursor","redirect_uris":["cursor://anysphere.cursor-mcp/oauth/callback","https://www.cursor.com/agents/mcp/oauth/callback",
			"http://localhost:8787/callback"],"grant_types":["authorization_code","refresh_token"],"response_types":["code"],"token_endpoint_auth_method":"none"` + members + `}`)
		for _, redirect := range []string{"cursor://anysphere.cursor-mcp/oauth/callback", "https://www.cursor.com/agents/mcp/oauth/callback", "http://localhost:8788/callback"} {
			if _, err := h.exchange(h.code("redirect_uri", redirect), "redirect_uri", redirect); err != nil {
				t.Errorf("%s: %v", redirect, err)
			}
		}
	}
}

// ChatGPT prefers private_key_jwt and offers none. A client whose document offers
// none is public, and can use each method that its document offers.
func TestClientWithADocumentAuthenticatesInEveryWayThatItOffers(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k", Algorithm: "ES256"}}})
	if err != nil {
		t.Fatal(err)
	}
	const signs, none = `"token_endpoint_auth_method":"private_key_jwt"`, `"token_endpoint_auth_method":"none"`
	jwks := `,"token_endpoint_auth_signing_alg":"ES256","jwks":` + string(keys)
	for methods, want := range map[string]struct{ unsigned, signed bool }{
		signs + jwks: {false, true},
		signs + jwks + `,"token_endpoint_auth_methods_supported":["private_key_jwt","tls_client_auth"]`:   {false, true},
		signs + jwks + `,"token_endpoint_auth_methods_supported":["none","private_key_jwt"]`:              {true, true},
		`"token_endpoint_auth_methods_supported":["private_key_jwt","none"]` + jwks:                       {true, true},
		none + jwks + `,"token_endpoint_auth_methods_supported":["private_key_jwt"]`:                      {true, true},
		`"token_endpoint_auth_method":"tls_client_auth","token_endpoint_auth_methods_supported":["none"]`: {true, false},
		none:             {true, false},
		`"scope":"read"`: {true, false},
	} {
		h, s := newDocumentHouse(t, nil)
		s.publish(documentID, strings.Replace(plainDocument, none, methods, 1))
		assertion := func(key *ecdsa.PrivateKey) []string {
			text := testjwt.Sign(t, jose.ES256, key, map[string]any{"kid": "k"},
				map[string]any{"iss": documentID, "sub": documentID, "aud": issuer, "exp": h.now.Unix() + 60, "jti": rand.Text()})
			return []string{"client_assertion_type", assertionType, "client_assertion", text}
		}
		other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.exchange(h.code(), assertion(other)...)
		wantCode(t, err, "invalid_client") // an assertion is verified, although none is needed
		_, err = h.exchange(h.code(), "client_secret", "x")
		wantCode(t, err, "invalid_client")
		if _, err = h.exchange(h.code()); (err == nil) != want.unsigned {
			t.Errorf("%s: without an assertion: %v", methods, err)
		}
		if _, err = h.exchange(h.code(), assertion(key)...); (err == nil) != want.signed {
			t.Errorf("%s: with an assertion: %v", methods, err)
		}
		c, err := h.Client(ctx, documentID)
		if err != nil || (c.Type == oauth.Public) != want.unsigned {
			t.Errorf("%s: the client is %s, %v", methods, c.Type, err)
		}
		// Only a client that must authenticate can introspect.
		_, err = h.Introspect(ctx, "", params(t, append(assertion(key), "client_id", documentID, "token", "x")...))
		if (err == nil) == want.unsigned {
			t.Errorf("%s: introspection: %v", methods, err)
		}
	}
}

package provider_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/validate"
)

func TestFrontchannelLogoutURIMustHaveTheOriginOfTheClient(t *testing.T) {
	for uri, good := range map[string]bool{
		"https://app.example/front": true, "https://app.example:444/front": false, "https://other.example/": false, "http://app.example/": false,
		"javascript:alert(1)": false, "https://app.example/#f": false, "https://u@app.example/": false,
	} {
		h := newHouse(t, nil)
		c := h.client()
		c.FrontchannelLogoutURI = uri
		if text := provider.ValidateClient(c, h.Scopes).Error(); strings.Contains(text, "frontchannel") == good {
			t.Errorf("%s: %s", uri, text)
		}
	}
}

// TestJSONOfAClientHasABoundedDepth: each member that contains JSON as it was sent is checked before it is stored,
// because a database cannot read JSON of any depth.
func TestJSONOfAClientHasABoundedDepth(t *testing.T) {
	deep := strings.Repeat("[", 1100) + strings.Repeat("]", 1100)
	keys := strings.Replace(string(newLock(t, "ECDH-ES").set(t)), "{", `{"x":`+deep+`,`, 1)
	checked := 0
	for _, field := range reflect.VisibleFields(reflect.TypeFor[oauth.Client]()) {
		if field.Type != reflect.TypeFor[json.RawMessage]() {
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		for _, text := range []string{deep, `{"x":` + deep + `}`, keys, `[{"issuer":"https://i.example","subject":"s","x":` + deep + `}]`} {
			h := newHouse(t, nil)
			c := h.client()
			reflect.ValueOf(c).Elem().FieldByIndex(field.Index).SetBytes([]byte(text))
			if faults := provider.ValidateClient(c, h.Scopes); !slices.ContainsFunc(faults, func(f validate.FieldError) bool { return f.Field == name }) {
				t.Errorf("%s: %.60s: %v", name, text, faults)
			}
		}
		checked++
	}
	if checked < 3 {
		t.Errorf("%d members were checked", checked)
	}
}

func TestBackchannelLogoutURIMustUseHTTPS(t *testing.T) {
	for uri, good := range map[string]bool{
		listens: true, "http://localhost:9000/x": true, "http://app.example/": false, "javascript:x": false, listens + "#f": false, "https://u@app.example/": false,
	} {
		h := newHouse(t, nil)
		c := h.client()
		c.BackchannelLogoutURI = uri
		text := provider.ValidateClient(c, h.Scopes).Error()
		if strings.Contains(text, "backchannel") == good {
			t.Errorf("%s: %s", uri, text)
		}
	}
}

func TestEncryptionSettingsNeedAKeyAndKnownAlgorithms(t *testing.T) {
	l := newLock(t, "ECDH-ES")
	for name, test := range map[string]struct {
		o     oauth.ClientOpenID
		field string
	}{
		"no encryption":            {oauth.ClientOpenID{}, ""},
		"a key":                    {oauth.ClientOpenID{JWKS: l.set(t), IDTokenEncAlg: "ECDH-ES"}, ""},
		"a URI":                    {oauth.ClientOpenID{JWKSURI: keysAt, UserInfoEncAlg: "RSA-OAEP-256", UserInfoEncEnc: "A128GCM"}, ""},
		"no key":                   {oauth.ClientOpenID{IDTokenEncAlg: "ECDH-ES"}, "id_token_encrypted_response_alg"},
		"no key for the algorithm": {oauth.ClientOpenID{JWKS: l.set(t), IDTokenEncAlg: "RSA-OAEP-256"}, "id_token_encrypted_response_alg"},
		"RSA1_5":                   {oauth.ClientOpenID{JWKSURI: keysAt, UserInfoEncAlg: "RSA1_5"}, "userinfo_encrypted_response_alg"},
		"an unknown enc":           {oauth.ClientOpenID{JWKSURI: keysAt, UserInfoEncAlg: "ECDH-ES", UserInfoEncEnc: "A1"}, "userinfo_encrypted_response_enc"},
		"an enc without an alg":    {oauth.ClientOpenID{IDTokenEncEnc: "A128GCM"}, "id_token_encrypted_response_enc"},
	} {
		c := oauth.Client{ID: "x", Name: "X", Type: oauth.Public, GrantTypes: []string{"authorization_code"}, RedirectURIs: []string{callback}, ClientOpenID: test.o}
		field := ""
		faults := provider.ValidateClient(&c, nil)
		if len(faults) > 0 {
			field = faults[0].Field
		}
		if field != test.field || len(faults) > 1 {
			t.Errorf("%s: %v", name, faults)
		}
	}
}

func TestSettingsThatWeakenAClientAreChecked(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*oauth.Client)
		field  string
	}{
		"unsigned requests and required signatures": {func(c *oauth.Client) {
			c.RequestObjectAlg, c.RequireRequestObject, c.JWKSURI = "none", true, keysAt
		}, "request_object_signing_alg"},
		"the algorithm none for ID tokens": {func(c *oauth.Client) { c.IDTokenAlg = "none" }, "id_token_signed_response_alg"},
		"a public application without PKCE": {func(c *oauth.Client) {
			c.Type, c.Secrets, c.GrantTypes = oauth.Public, nil, []string{oauth.GrantAuthorizationCode}
			withoutPKCE(c)
		}, "code_without_pkce"},
		"PKCE that is required and omitted":       {func(c *oauth.Client) { c.RequirePKCE = true; withoutPKCE(c) }, "code_without_pkce"},
		"a confidential application without PKCE": {withoutPKCE, ""},
		"unsigned requests":                       {func(c *oauth.Client) { c.RequestObjectAlg = "none" }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := newHouse(t, nil).client()
			test.change(c)
			faults := provider.ValidateClient(c, oauth.DefaultScopeInfos())
			if test.field == "" && len(faults) > 0 || test.field != "" && (len(faults) != 1 || faults[0].Field != test.field) {
				t.Errorf("got %v, want %q", faults, test.field)
			}
		})
	}
}

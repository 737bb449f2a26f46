package provider_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// newOpenHouse returns a house in which everybody can register, with no client.
func newOpenHouse(t *testing.T, change func(*provider.Config)) *house {
	t.Helper()
	h := newHouse(t, func(config *provider.Config, _ *oauth.Client) {
		config.Registration, config.RegistrationLimit = provider.RegistrationOpen, -1
		if change != nil {
			change(config)
		}
	})
	if err := h.store.DeleteClient(ctx, h.id); err != nil {
		t.Fatal(err)
	}
	return h
}

// mcpClient holds the metadata of a typical client of the Model Context Protocol.
const mcpClient = `{"client_name":"Claude Code (demo)","redirect_uris":["http://localhost:54545/callback"],"grant_types":["authorization_code","refresh_token"],` +
	`"response_types":["code"],"token_endpoint_auth_method":"none","resource":"https://mcp.example/","scope":"read"}`

// register registers a client and makes it the usual one.
func (h *house) register(body string) map[string]any {
	h.t.Helper()
	information, err := h.Register(ctx, "", []byte(body))
	if err != nil {
		h.t.Fatal(err)
	}
	h.id, _ = information["client_id"].(string)
	h.key, _ = information["client_secret"].(string)
	return information
}

// RFC 7591 §3.2.1.
func TestRegistrationReturnsAllMetadata(t *testing.T) {
	h := newOpenHouse(t, nil)
	got := h.register(`{"client_name":"Shop","client_name#de":"Laden","client_uri":"https://app.example/","logo_uri":"https://app.example/logo.png","tos_uri":"https://app.example/terms",
		"tos_uri#de-AT":"https://app.example/agb","policy_uri":"https://app.example/privacy","contacts":["ops@app.example"],"redirect_uris":["` + callback + `"],
		"software_id":"shop","software_version":"1.2","scope":"read unknown","id_token_signed_response_alg":"ES256","default_max_age":60,"subject_type":"pairwise",
		"jwks_uri":"https://app.example/keys","response_types":["code","code token"],"grant_types":["authorization_code","refresh_token","urn:example:unknown"],
		"token_endpoint_auth_method":"client_secret_post","invented":{"a":[1]},"contacts#de":["x"],"resource":["https://mcp.example/"]}`)
	for _, generated := range []string{"client_id", "client_secret", "registration_access_token", "registration_client_uri"} {
		if text, _ := got[generated].(string); text == "" {
			t.Errorf("%s is missing", generated)
		}
	}
	id, _ := got["client_id"].(string)
	if got["registration_client_uri"] != issuer+"/register/"+id+"/" || got["client_id_issued_at"] != h.now.Unix() || got["client_secret_expires_at"] != int64(0) {
		t.Errorf("got %v", got)
	}
	for _, name := range []string{"client_id", "client_secret", "registration_access_token", "registration_client_uri", "client_id_issued_at", "client_secret_expires_at"} {
		delete(got, name)
	}
	want := map[string]any{
		"client_name": "Shop", "client_name#de": "Laden", "client_uri": "https://app.example/", "logo_uri": "https://app.example/logo.png", "tos_uri": "https://app.example/terms",
		"tos_uri#de-AT": "https://app.example/agb", "policy_uri": "https://app.example/privacy", "contacts": []any{"ops@app.example"}, "redirect_uris": []any{callback},
		"software_id": "shop", "software_version": "1.2", "scope": "read", "id_token_signed_response_alg": "ES256", "default_max_age": 60.0, "subject_type": "pairwise",
		"jwks_uri": "https://app.example/keys", "response_types": []any{"code"}, "grant_types": []any{"authorization_code", "refresh_token"},
		"token_endpoint_auth_method": "client_secret_post", "application_type": "web",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// RFC 7591 §2, OpenID Connect Registration §2.
func TestDefaultsOfARegistration(t *testing.T) {
	h := newOpenHouse(t, nil)
	for body, want := range map[string]map[string]any{
		`{"redirect_uris":["` + callback + `"]}`: {
			"grant_types": []any{"authorization_code"}, "response_types": []any{"code"}, "token_endpoint_auth_method": "client_secret_basic",
			"application_type": "web", "id_token_signed_response_alg": "RS256", "client_name": "app.example",
		},
		`{"redirect_uris":["http://127.0.0.1/cb"],"client_name":null}`:                                                                {"application_type": "native", "client_name": "127.0.0.1"},
		`{"redirect_uris":["com.example.app:/cb"],"token_endpoint_auth_method":"none"}`:                                               {"application_type": "native", "client_secret": nil, "client_name": "An application without a name"},
		`{"redirect_uris":["` + callback + `"],"token_endpoint_auth_method":"private_key_jwt","jwks_uri":"https://app.example/keys"}`: {"client_secret": nil, "token_endpoint_auth_method": "private_key_jwt"},
		`{"redirect_uris":["http://localhost/cb"],"application_type":"native"}`:                                                       {"application_type": "native"},
		`{"redirect_uris":["` + callback + `"],"grant_types":["authorization_code","other"]}`:                                         {"grant_types": []any{"authorization_code"}},
		`{"redirect_uris":["` + callback + `"],"Client_Name":"X","client_name":"Y","SCOPE":1}`:                                        {"client_name": "Y", "scope": nil},
	} {
		got := h.register(body)
		for name, value := range want {
			if !reflect.DeepEqual(got[name], value) {
				t.Errorf("%s: %s is %v, want %v", body, name, got[name], value)
			}
		}
	}
}

// RFC 7591 §3.2.2.
func TestMetadataThatIsRejected(t *testing.T) {
	h := newOpenHouse(t, nil)
	with := func(members string) string { return `{"redirect_uris":["` + callback + `"],` + members + `}` }
	for name, test := range map[string]struct{ body, code string }{
		"no JSON":                      {`client_name=x`, "invalid_client_metadata"},
		"no object":                    {`["x"]`, "invalid_client_metadata"},
		"null":                         {`null`, "invalid_client_metadata"},
		"a text instead of a list":     {`{"redirect_uris":"` + callback + `"}`, "invalid_client_metadata"},
		"a number instead of a text":   {with(`"client_name":7`), "invalid_client_metadata"},
		"no redirect URI":              {`{}`, "invalid_redirect_uri"},
		"an empty list":                {`{"redirect_uris":[]}`, "invalid_redirect_uri"},
		"a fragment":                   {`{"redirect_uris":["` + callback + `#x"]}`, "invalid_redirect_uri"},
		"a script":                     {`{"redirect_uris":["javascript:alert(1)//"]}`, "invalid_redirect_uri"},
		"plain http":                   {`{"redirect_uris":["http://app.example/cb"]}`, "invalid_redirect_uri"},
		"a web application on a host":  {`{"redirect_uris":["http://localhost/cb"],"application_type":"web"}`, "invalid_redirect_uri"},
		"a web application at https":   {`{"redirect_uris":["https://localhost/cb"],"application_type":"web"}`, "invalid_redirect_uri"},
		"a web application's scheme":   {`{"redirect_uris":["com.example.app:/cb"],"application_type":"web","token_endpoint_auth_method":"none"}`, "invalid_redirect_uri"},
		"a shared scheme and a secret": {`{"redirect_uris":["myapp:/cb"]}`, "invalid_redirect_uri"},
		"a URI a thousand times":       {`{"redirect_uris":[` + strings.Repeat(`"`+callback+`",`, 1000) + `"` + callback + `"]}`, "invalid_client_metadata"},
		"an unknown application type":  {with(`"application_type":"tv"`), "invalid_client_metadata"},
		"an unknown method":            {with(`"token_endpoint_auth_method":"tls_client_auth"`), "invalid_client_metadata"},
		"no known grant type":          {with(`"grant_types":["urn:example:x"]`), "invalid_client_metadata"},
		"no grant type":                {with(`"grant_types":[]`), "invalid_client_metadata"},
		"no known response type":       {with(`"response_types":["nope"]`), "invalid_client_metadata"},
		"only tokens in the browser":   {with(`"response_types":["id_token"]`), "invalid_client_metadata"},
		"only refresh tokens":          {with(`"grant_types":["refresh_token"]`), "invalid_client_metadata"},
		"tokens without a person":      {with(`"grant_types":["client_credentials"],"response_types":[]`), "invalid_client_metadata"},
		"only unknown scopes":          {with(`"scope":"fly"`), "invalid_client_metadata"},
		"a logo without https":         {with(`"logo_uri":"http://app.example/logo.png"`), "invalid_client_metadata"},
		"terms with a script":          {with(`"tos_uri":"javascript:alert(1)"`), "invalid_client_metadata"},
		"a translation with a script":  {with(`"policy_uri#de":"javascript:alert(1)"`), "invalid_client_metadata"},
		"a translation of nothing":     {with(`"client_name#de":""`), "invalid_client_metadata"},
		"a translation without a tag":  {with(`"client_name#":"x"`), "invalid_client_metadata"},
		"a translation with a number":  {with(`"client_name#de":1`), "invalid_client_metadata"},
		"a name with a direction mark": {with(`"client_name":"a\u202eb"`), "invalid_client_metadata"},
		"a translated one":             {with(`"client_name#de":"a\u202eb"`), "invalid_client_metadata"},
		"a long name":                  {with(`"client_name":"` + long[:300] + `"`), "invalid_client_metadata"},
		"too long to seal":             {with(`"software_id":"` + randomText(1900) + `"`), "invalid_client_metadata"},
		"an algorithm without a key":   {with(`"id_token_signed_response_alg":"HS256","token_endpoint_auth_method":"none"`), "invalid_client_metadata"},
		"jwks and jwks_uri":            {with(`"jwks":{"keys":[]},"jwks_uri":"https://app.example/keys"`), "invalid_client_metadata"},
	} {
		_, err := h.Register(ctx, "", []byte(test.body))
		if err == nil {
			t.Errorf("%s: it is accepted", name)
			continue
		}
		wantCode(t, err, test.code)
	}
	if h.clients() != 0 {
		t.Errorf("%d clients are stored", h.clients())
	}
}

// RFC 7591 §3.2.2: if none of the grant types or response types of a client is available,
// the error names those that are. If only some are not, the client gets the others.
func TestErrorNamesTheAvailableGrantAndResponseTypes(t *testing.T) {
	h := newOpenHouse(t, nil)
	register := func(members string) (map[string]any, error) {
		return h.Register(ctx, "", []byte(`{"redirect_uris":["`+callback+`"],`+members+`}`))
	}
	for members, want := range map[string]string{
		`"grant_types":["client_credentials"]`: "grant_types: none of them is available to this application. Use at least one of: authorization_code, refresh_token, " + oauth.GrantDeviceCode + ".",
		`"response_types":["id_token"]`:        "response_types: none of them is available to this application. Use at least one of: code.",
	} {
		if _, err := register(members); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", members, err, want)
		}
	}
	for _, members := range []string{`"response_types":["id_token","code"]`, `"response_types":[]`, `"grant_types":["client_credentials","authorization_code"]`} {
		if got, err := register(members); err != nil || !reflect.DeepEqual(got["response_types"], []any{"code"}) {
			t.Errorf("%s: got %v %v", members, got, err)
		}
	}
}

// TestStandardMembersCanBeRegistered: a field of oauth.Client whose name is that of
// client metadata (the IANA registry "OAuth Dynamic Client Registration Metadata")
// has the tag register. scope is read separately.
func TestStandardMembersCanBeRegistered(t *testing.T) {
	standard := strings.Fields(`redirect_uris token_endpoint_auth_method grant_types response_types client_name client_uri logo_uri scope contacts tos_uri policy_uri
		jwks_uri jwks software_id software_version application_type sector_identifier_uri subject_type id_token_signed_response_alg id_token_encrypted_response_alg
		id_token_encrypted_response_enc userinfo_signed_response_alg userinfo_encrypted_response_alg userinfo_encrypted_response_enc request_object_signing_alg
		request_object_encryption_alg request_object_encryption_enc token_endpoint_auth_signing_alg default_max_age require_auth_time default_acr_values
		initiate_login_uri request_uris post_logout_redirect_uris backchannel_logout_uri frontchannel_logout_uri require_signed_request_object
		require_pushed_authorization_requests introspection_signed_response_alg authorization_signed_response_alg dpop_bound_access_tokens
		tls_client_certificate_bound_access_tokens authorization_details_types`)
	for _, field := range reflect.VisibleFields(reflect.TypeFor[oauth.Client]()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if registered := field.Tag.Get("register") == "yes"; registered != (slices.Contains(standard, name) && name != "scope") {
			t.Errorf("%s: the tag register is %q", name, field.Tag.Get("register"))
		}
	}
}

// An error names the member of the metadata. Names of Go mean nothing to a client.
func TestErrorsOfMetadataNameTheMember(t *testing.T) {
	h := newOpenHouse(t, nil)
	goName := regexp.MustCompile(`[A-Z]\w+\.\w|\b(u?int|float)\d|struct|\bGo\b|\bjson:`)
	for _, field := range reflect.VisibleFields(reflect.TypeFor[oauth.Client]()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Tag.Get("register") == "" {
			continue
		}
		wrong := 0
		for _, value := range []string{`7.5`, `"x y"`, `true`, `[7]`, `{"a":7}`, `-1`, `"https://user@x"`} {
			_, err := h.Register(ctx, "", []byte(`{"`+name+`":`+value+`}`))
			if err == nil {
				continue
			}
			wrong++
			text := err.Error()
			if e, ok := errors.AsType[*oauth.Error](err); ok {
				text = e.Description
			}
			if found := goName.FindString(text); found != "" {
				t.Errorf("%s: %s: %q in %q", name, value, found, text)
			}
			if strings.Contains(text, "wrong JSON type") && !strings.Contains(text, " "+name+" ") {
				t.Errorf("%s: %s: %q does not name the member", name, value, text)
			}
		}
		if wrong == 0 {
			t.Errorf("%s: no value is rejected", name)
		}
	}
}

// A client must not choose what administrators decide.
func TestApplicationCannotSetTheMembersOfAdministrators(t *testing.T) {
	h := newOpenHouse(t, nil)
	body := map[string]any{"redirect_uris": []string{callback}}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[oauth.Client]()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Tag.Get("register") != "" || name == "-" || name == "" || name == "scope" {
			continue
		}
		for _, value := range []any{true, "x", 7, map[string]any{"plan": "gold"}} {
			body[name] = value
			text, err := json.Marshal(body)
			if err != nil {
				t.Fatal(err)
			}
			got := h.register(string(text))
			if name != "client_id" && got[name] != nil {
				t.Errorf("%s: %v", name, got)
			}
		}
	}
	c, err := h.Client(ctx, h.id)
	if err != nil {
		t.Fatal(err)
	}
	if c.SkipAuthorization || c.ResourceServer || c.MultipleResources || len(c.Resources) > 0 || c.CodeWithoutPKCE || c.OwnerID != "" || c.AccessTokenTTL != 0 || len(c.AllowedOrigins) > 0 || c.ID == "x" || c.Disabled || len(c.Metadata) > 0 {
		t.Errorf("got %+v", c)
	}
}

func TestCallersThatCanRegister(t *testing.T) {
	callers := []string{"nobody", "a person", "an administrator's token", "an invented token", "an access token", "another scheme"}
	for policy, allowed := range map[string][]string{
		provider.RegistrationClosed: nil,
		provider.RegistrationToken:  {"an administrator's token"},
		provider.RegistrationPerson: {"an administrator's token", "a person"},
		provider.RegistrationOpen:   {"an administrator's token", "a person", "nobody", "another scheme"},
	} {
		h := newOpenHouse(t, nil)
		person, err := h.PersonToken(ctx, h.who.Subject)
		if err != nil {
			t.Fatal(err)
		}
		h.Registration = policy
		headers := map[string]string{
			"a person": "Bearer " + person, "an administrator's token": "bearer " + h.initialAccess(9).String(), "another scheme": "Basic YTpi",
			"an invented token": "Bearer " + oauth.NewToken(oauth.KindInitialAccess, h.now).String(), "an access token": "Bearer " + oauth.NewToken(oauth.KindAccess, h.now).String(),
		}
		for _, caller := range callers {
			information, err := h.Register(ctx, headers[caller], []byte(mcpClient))
			switch {
			case slices.Contains(allowed, caller) != (err == nil):
				t.Errorf("%s, %s: %v", policy, caller, err)
			case err != nil && policy == provider.RegistrationClosed:
				wantCode(t, err, "access_denied")
			case err != nil:
				wantCode(t, err, "invalid_token")
			default:
				c, err := h.Client(ctx, information["client_id"].(string)) //nolint:forcetypeassert // fails the test
				if err != nil || (c.OwnerID == h.who.Subject) != (caller == "a person") {
					t.Errorf("%s, %s: %+v %v", policy, caller, c, err)
				}
			}
		}
	}
}

// initialAccess adds an initial access token.
func (h *house) initialAccess(uses int) oauth.Token {
	h.t.Helper()
	token := oauth.NewToken(oauth.KindInitialAccess, h.now)
	if err := h.store.AddInitialAccessToken(ctx, oauth.InitialAccessToken{ID: token.ID, Hash: token.Hash(), Uses: uses, CreatedAt: h.now, ExpiresAt: h.now.Add(time.Hour)}); err != nil {
		h.t.Fatal(err)
	}
	return token
}

func TestInitialAccessTokenRegistersOnce(t *testing.T) {
	h := newOpenHouse(t, func(c *provider.Config) { c.Registration = provider.RegistrationToken })
	token := "Bearer " + h.initialAccess(1).String()
	if _, err := h.Register(ctx, token, []byte(`{}`)); err == nil {
		t.Error("wrong metadata is accepted")
	}
	answers := make(chan error, 64)
	var all sync.WaitGroup
	for range cap(answers) {
		all.Go(func() {
			_, err := h.Register(ctx, token, []byte(mcpClient))
			answers <- err
		})
	}
	all.Wait()
	close(answers)
	won := 0
	for err := range answers {
		if err == nil {
			won++
		} else {
			wantCode(t, err, "invalid_token")
		}
	}
	if won != 1 {
		t.Errorf("%d of 64 registrations succeed", won)
	}
	late := h.initialAccess(1)
	h.pass(time.Hour)
	_, err := h.Register(ctx, "Bearer "+late.String(), []byte(mcpClient))
	wantCode(t, err, "invalid_token")
	forged := h.initialAccess(1)
	forged.Secret[0] ^= 1
	_, err = h.Register(ctx, "Bearer "+forged.String(), []byte(mcpClient))
	wantCode(t, err, "invalid_token")
}

func TestTokenOfAPersonExpires(t *testing.T) {
	for name, end := range map[string]func(h *house){
		"not at all":               func(*house) {},
		"after an hour":            func(h *house) { h.pass(provider.PersonTokenTTL + time.Second) },
		"if the person is blocked": func(h *house) { _ = h.store.SetSubject(ctx, h.who.Subject, true, time.Time{}) },
		"if all is revoked":        func(h *house) { _ = h.store.RevokeSubject(ctx, h.who.Subject, h.now) },
		"if the policy changes":    func(h *house) { h.Registration = provider.RegistrationToken },
	} {
		h := newOpenHouse(t, func(c *provider.Config) { c.Registration = provider.RegistrationPerson })
		token, err := h.PersonToken(ctx, h.who.Subject)
		if err != nil {
			t.Fatal(err)
		}
		end(h)
		_, err = h.Register(ctx, "Bearer "+token, []byte(mcpClient))
		if (err == nil) != (name == "not at all") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRegistrationsAreLimitedPerNetwork(t *testing.T) {
	h := newOpenHouse(t, func(c *provider.Config) { c.RegistrationLimit = 3 })
	from := func(address string) error {
		here := context.WithValue(ctx, provider.AddressKey{}, provider.ClientAddressFunc(func() netip.Addr { return netip.MustParseAddr(address) }))
		_, err := h.Register(here, "", []byte(mcpClient))
		return err
	}
	for range 3 {
		wantCode(t, from("192.0.2.1"), "")
	}
	err := from("192.0.2.1")
	wantCode(t, err, "temporarily_unavailable")
	if e := new(oauth.Error); !errors.As(err, &e) || e.RetryAfter <= 0 {
		t.Errorf("got %v", err)
	}
	wantCode(t, from("192.0.2.2"), "")
	for i := range 3 {
		wantCode(t, from(fmt.Sprintf("2001:db8::%d", i)), "")
	}
	wantCode(t, from("2001:db8::ffff"), "temporarily_unavailable")
	wantCode(t, from("2001:db8:0:1::1"), "")
	h.pass(time.Hour)
	wantCode(t, from("192.0.2.1"), "")
}

// Metadata of a client that registered itself works as that of any other.
func TestRegisteredClientGetsTokens(t *testing.T) {
	h := newOpenHouse(t, nil)
	for name, body := range map[string]string{
		"public":         `{"redirect_uris":["` + callback + `"],"token_endpoint_auth_method":"none","grant_types":["authorization_code","refresh_token"]}`,
		"with a secret":  `{"redirect_uris":["` + callback + `"],"grant_types":["authorization_code","refresh_token"]}`,
		"HS256 and that": `{"redirect_uris":["` + callback + `"],"id_token_signed_response_alg":"HS256","grant_types":["authorization_code","refresh_token"]}`,
	} {
		h.register(body)
		tokens := h.tokens("scope", "openid read")
		if _, err := h.refresh(tokens.RefreshToken); err != nil || tokens.IDToken == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if h.clients() != 3 {
		t.Errorf("%d clients are stored", h.clients())
	}
}

func FuzzRegistration(f *testing.F) {
	f.Add(mcpClient)
	f.Add(`{"redirect_uris":["https://a.example/"],"jwks":{"keys":[]},"client_name#de":"x","scope":"read","default_max_age":1}`)
	f.Fuzz(func(t *testing.T, body string) {
		h := newOpenHouse(t, nil)
		information, err := h.Register(ctx, "", []byte(body))
		if err != nil {
			if _, visible := errors.AsType[*oauth.Error](err); !visible {
				t.Fatalf("%q: %v", body, err)
			}
			return
		}
		id, _ := information["client_id"].(string)
		c, err := h.Client(ctx, id)
		if err != nil || len(id) > oauth.MaxClientID {
			t.Fatalf("%q: %v", body, err)
		}
		if faults := provider.ValidateClient(c, h.Scopes); len(faults) > 0 {
			t.Fatalf("%q: %v", body, faults)
		}
		again, err := h.ReadRegistration(ctx, "Bearer "+fmt.Sprint(information["registration_access_token"]), id)
		if err != nil || !maps.EqualFunc(again, information, func(a, b any) bool { return reflect.DeepEqual(a, b) }) {
			t.Fatalf("%q: %v, then %v %v", body, information, again, err)
		}
	})
}

// A caller without a login must not find out which hosts this server can reach.
func TestRegistrationDoesNotRevealWhatTheServerCanReach(t *testing.T) {
	body := []byte(`{"redirect_uris":["` + callback + `"],"sector_identifier_uri":"https://inside.example/"}`)
	said := make(map[string]bool)
	for _, inside := range []document{"", "<html>", `["https://other.example/"]`} {
		h := newOpenHouse(t, func(c *provider.Config) { c.Outbound = inside })
		_, err := h.Register(ctx, "", body)
		wantCode(t, err, "invalid_client_metadata")
		said[fmt.Sprint(err)] = true
	}
	if len(said) != 1 {
		t.Errorf("the answers differ: %v", said)
	}
	h := newOpenHouse(t, func(c *provider.Config) { c.Outbound = document(`["` + callback + `"]`) })
	_, err := h.Register(ctx, "", body)
	wantCode(t, err, "")
}

// Clients of MCP register with the scope of the first challenge, and need others
// later.
func TestRegisteredScopeIsTheDefaultAndNoLimit(t *testing.T) {
	h := newOpenHouse(t, nil)
	h.register(`{"redirect_uris":["` + callback + `"],"scope":"read"}`)
	for requested, want := range map[string]string{"": "read", "write": "write", "read write": "read write"} {
		r, err := h.ask("scope", requested)
		if err != nil || r.Scope.String() != want {
			t.Errorf("scope %q: %v", requested, err)
		}
	}
	h.tokens()
	if _, err := oauth.ChangeClient(ctx, h.store, h.id, func(c *oauth.Client) error {
		c.Scopes = oauth.Scopes{"read"}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	_, err := h.ask("scope", "write")
	wantCode(t, err, "invalid_scope") // an administrator has limited it
}

// A pushed request (RFC 9126) is stored for a client that is not.
func TestFirstRequestOfARegisteredClientCanBePushed(t *testing.T) {
	h := newOpenHouse(t, nil)
	h.register(`{"redirect_uris":["` + callback + `"],"token_endpoint_auth_method":"client_secret_post"}`)
	r := h.mustOpen(h.mustPush())
	if h.clients() != 0 {
		t.Errorf("after the request was pushed, %d clients are stored", h.clients())
	}
	r.Show(h.who)
	response, err := h.Approve(ctx, r, h.who, r.Scope, true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.exchange(answer(t, response.Location()).Get("code")); err != nil || h.clients() != 1 {
		t.Errorf("%d clients are stored: %v", h.clients(), err)
	}
}

// RFC 8628: a device needs no redirect URI.
func TestDeviceCanRegisterItself(t *testing.T) {
	h := newOpenHouse(t, nil)
	got := h.register(`{"client_name":"TV","grant_types":["` + oauth.GrantDeviceCode + `","refresh_token"],"token_endpoint_auth_method":"none"}`)
	if got["response_types"] != nil || got["application_type"] != "web" {
		t.Errorf("got %v", got)
	}
	started := h.device("scope", "read")
	_, err := h.poll(started.DeviceCode)
	if wantCode(t, err, "authorization_pending"); h.clients() != 0 {
		t.Errorf("before the approval, %d clients are stored", h.clients())
	}
	h.approveDevice(started.UserCode)
	h.pass(10 * time.Second)
	if _, err := h.poll(started.DeviceCode); err != nil || h.clients() != 1 {
		t.Errorf("%d clients are stored: %v", h.clients(), err)
	}
}

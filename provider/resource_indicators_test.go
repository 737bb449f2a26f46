package provider_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// The resources of resourceHouse.
const (
	mcp   = "https://mcp.example/mcp"
	files = "https://files.example"
)

// resourceHouse is a house with the resources mcp, which has the scope tools, and
// files, which has none of its own. Its client may name both in one request.
func resourceHouse(t *testing.T, change func(*provider.Config, *oauth.Client)) *house {
	t.Helper()
	return newHouse(t, func(config *provider.Config, c *oauth.Client) {
		config.Scopes = append(oauth.DefaultScopeInfos(), oauth.ScopeInfo{Name: "tools"})
		config.Resources = []oauth.ResourceInfo{{URI: mcp, Name: "Tools", Scopes: oauth.Scopes{"tools"}}, {URI: files}}
		c.MultipleResources = true
		if change != nil {
			change(config, c)
		}
	})
}

// also adds values of the parameter resource.
func also(p oauth.Params, uris ...string) oauth.Params {
	for _, uri := range uris {
		p = p.With("resource", uri)
	}
	return p
}

// askFor begins an authorization request for resources.
func (h *house) askFor(scope string, uris ...string) (*provider.AuthorizationRequest, error) {
	h.t.Helper()
	p := params(h.t, "response_type", "code", "client_id", h.id, "redirect_uri", callback, "state", "xyz",
		"code_challenge", challenge(verifier), "code_challenge_method", "S256", "scope", scope)
	return h.Begin(ctx, also(p, uris...))
}

// codeFor returns a code for resources.
func (h *house) codeFor(scope string, uris ...string) string {
	h.t.Helper()
	r, err := h.askFor(scope, uris...)
	if err != nil {
		h.t.Fatal(err)
	}
	r.Show(h.who)
	response, err := h.Approve(ctx, r, h.who, r.RequestedScopes(), true)
	if err != nil {
		h.t.Fatal(err)
	}
	return answer(h.t, response.Location()).Get("code")
}

// tokenFor sends a request to the token endpoint that names resources.
func (h *house) tokenFor(uris []string, pairs ...string) (*provider.TokenResponse, error) {
	h.t.Helper()
	return h.Token(ctx, "", also(params(h.t, append([]string{"client_id", h.id, "client_secret", h.key}, pairs...)...), uris...))
}

func (h *house) exchangeFor(code string, uris ...string) (*provider.TokenResponse, error) {
	h.t.Helper()
	return h.tokenFor(uris, "grant_type", "authorization_code", "code", code, "redirect_uri", callback, "code_verifier", verifier)
}

func (h *house) refreshFor(token string, uris ...string) (*provider.TokenResponse, error) {
	h.t.Helper()
	return h.tokenFor(uris, "grant_type", "refresh_token", "refresh_token", token)
}

// wantToken checks the audience and the scope of an access token, as introspection
// reports them and, of a JWT, as its claims are.
func (h *house) wantToken(response *provider.TokenResponse, err error, scope string, audience ...string) {
	h.t.Helper()
	if err != nil {
		h.t.Error(err)
		return
	}
	found, err := h.CheckAccessToken(ctx, response.AccessToken)
	if err != nil || !found.Active || !slices.Equal(found.Audience, audience) || found.Scope != scope || response.Scope != scope {
		h.t.Errorf("got %+v %v, scope %q, want the scope %q for %v", found, err, response.Scope, scope, audience)
	}
	if parts := strings.Split(response.AccessToken, "."); len(parts) == 3 {
		var claims struct {
			Aud   json.RawMessage
			Scope string
		}
		payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
		want, _ := json.Marshal(oauth.Audience(audience))
		if err := json.Unmarshal(payload, &claims); err != nil || string(claims.Aud) != string(want) || claims.Scope != scope {
			h.t.Errorf("the claims are %s", payload)
		}
	}
}

func eachFormat(t *testing.T, run func(t *testing.T, format oauth.TokenFormat)) {
	t.Helper()
	for _, format := range []oauth.TokenFormat{oauth.Opaque, oauth.JWT} {
		t.Run(string(format), func(t *testing.T) { run(t, format) })
	}
}

// RFC 8707 §2.
func TestAnAccessTokenIsForTheResourcesOfTheAuthorizationRequest(t *testing.T) {
	eachFormat(t, func(t *testing.T, format oauth.TokenFormat) {
		h := resourceHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = format })
		for name, test := range map[string]struct {
			uris, audience []string
			asked, scope   string
		}{
			"none":                              {nil, []string{issuer}, "read", "read"},
			"one":                               {[]string{mcp}, []string{mcp}, "tools", "tools"},
			"one without a scope":               {[]string{mcp}, []string{mcp}, "", "tools"},
			"one in another spelling":           {[]string{"HTTPS://MCP.example:443/mcp/"}, []string{mcp}, "tools", "tools"},
			"one with a slash at the end":       {[]string{files + "/"}, []string{files}, "read", "read"},
			"one twice":                         {[]string{files + "/", files}, []string{files}, "read", "read"},
			"the API of the server":             {[]string{issuer}, []string{issuer}, "read", "read"},
			"several":                           {[]string{mcp, files}, []string{mcp, files}, "read tools", "read tools"},
			"one and the API of the server":     {[]string{mcp, issuer + "/"}, []string{mcp, issuer}, "read tools", "read tools"},
			"an empty value, as if it were not": {[]string{""}, []string{issuer}, "read", "read"},
		} {
			t.Run(name, func(t *testing.T) {
				h.t = t
				response, err := h.exchangeFor(h.codeFor(test.asked, test.uris...))
				h.wantToken(response, err, test.scope, test.audience...)
				if err != nil {
					return
				}
				h.pass(time.Second)
				next, err := h.refreshFor(response.RefreshToken)
				h.wantToken(next, err, test.scope, test.audience...)
				again, err := h.refreshFor(response.RefreshToken) // in the replay window
				h.wantToken(again, err, test.scope, test.audience...)
			})
		}
	})
}

// RFC 8707 §2: invalid_target.
func TestResourcesThatCannotBeRequestedAreInvalidTargets(t *testing.T) {
	h := resourceHouse(t, nil)
	other := h.client()
	other.ID, other.Resources = "other", []string{files + "/"}
	h.add(other)
	for name, test := range map[string]struct {
		client string
		uris   []string
	}{
		"an unknown one":     {h.id, []string{"https://other.example"}},
		"a part of the path": {h.id, []string{"https://mcp.example"}},
		"a longer path":      {h.id, []string{mcp + "/tools"}},
		"another scheme":     {h.id, []string{"http://mcp.example/mcp"}},
		"a fragment":         {h.id, []string{mcp + "#a"}},
		"an empty fragment":  {h.id, []string{mcp + "#"}},
		"a relative URI":     {h.id, []string{"/mcp"}},
		"one that the client is not allowed to request": {"other", []string{mcp}},
		"several, although one is allowed":              {"other", []string{files, issuer}},
		"a valid one and an unknown one":                {h.id, []string{mcp, "https://other.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			h.t, h.id = t, test.client
			r, err := h.askFor("", test.uris...)
			wantCode(t, err, "invalid_target")
			if r == nil {
				t.Error("the error is not sent to the client")
			}
		})
	}
	h.t = t
	secret := other.RotateSecret(h.now, 0)
	if err := h.store.UpdateClient(ctx, other); err != nil {
		t.Fatal(err)
	}
	h.id, h.key = "other", secret
	_, err := h.tokenFor([]string{mcp}, "grant_type", "client_credentials")
	wantCode(t, err, "invalid_target")
	response, err := h.tokenFor([]string{files}, "grant_type", "client_credentials")
	h.wantToken(response, err, "read write", files)
}

// RFC 8707 §2.2.
func TestATokenRequestNarrowsTheResourcesAndNeverWidensThem(t *testing.T) {
	eachFormat(t, func(t *testing.T, format oauth.TokenFormat) {
		h := resourceHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = format })
		response, err := h.exchangeFor(h.codeFor("read tools", mcp, files), files+"/")
		h.wantToken(response, err, "read", files)
		h.pass(time.Second)
		next, err := h.refreshFor(response.RefreshToken, mcp)
		h.wantToken(next, err, "tools", mcp)
		again, err := h.refreshFor(response.RefreshToken) // in the replay window
		h.wantToken(again, err, "tools", mcp)
		if again != nil && again.AccessToken != next.AccessToken {
			t.Error("the replay window returned another access token")
		}
		h.pass(time.Minute)
		for _, uri := range []string{issuer, "https://other.example"} {
			_, err = h.refreshFor(next.RefreshToken, uri)
			wantCode(t, err, "invalid_target")
		}
		all, err := h.refreshFor(next.RefreshToken)
		h.wantToken(all, err, "read tools", mcp, files)
		scoped, err := h.tokenFor([]string{mcp}, "grant_type", "refresh_token", "refresh_token", all.RefreshToken, "scope", "tools")
		h.wantToken(scoped, err, "tools", mcp)
		_, err = h.tokenFor([]string{mcp}, "grant_type", "refresh_token", "refresh_token", scoped.RefreshToken, "scope", "read")
		wantCode(t, err, "invalid_target")

		plain := h.codeFor("read")
		_, err = h.exchangeFor(plain, files)
		wantCode(t, err, "invalid_target")
		response, err = h.exchangeFor(plain, issuer)
		h.wantToken(response, err, "read", issuer)
	})
}

// A code is used up only by a request that can succeed, and a replay is detected
// whatever the request names.
func TestAWrongResourceNeitherUsesACodeNorHidesAReplay(t *testing.T) {
	h := resourceHouse(t, nil)
	code := h.codeFor("tools", mcp)
	_, err := h.exchangeFor(code, files)
	wantCode(t, err, "invalid_target")
	response, err := h.exchangeFor(code, mcp)
	h.wantToken(response, err, "tools", mcp)
	_, err = h.exchangeFor(code, files)
	wantCode(t, err, "invalid_grant")
	if h.active(response.AccessToken) {
		t.Error("the replay revoked nothing")
	}
	// Without the verifier, the caller gets no information about the resources.
	_, err = h.tokenFor([]string{files}, "grant_type", "authorization_code", "code", h.codeFor("tools", mcp), "redirect_uri", callback)
	wantCode(t, err, "invalid_grant")
}

func TestScopesOfAResourceAreGrantedOnlyWithIt(t *testing.T) {
	h := resourceHouse(t, nil)
	for name, test := range map[string]struct {
		scope string
		uris  []string
	}{
		"without a resource":                      {"tools", nil},
		"with another resource":                   {"tools", []string{files}},
		"a scope that the resource does not list": {"read", []string{mcp}},
	} {
		_, err := h.askFor(test.scope, test.uris...)
		if wantCode(t, err, "invalid_scope"); err == nil {
			t.Log(name)
		}
	}
	_, err := h.tokenFor(nil, "grant_type", "client_credentials", "scope", "tools")
	wantCode(t, err, "invalid_scope")
	response, err := h.tokenFor(nil, "grant_type", "client_credentials")
	h.wantToken(response, err, "read write", issuer)
	response, err = h.tokenFor([]string{mcp}, "grant_type", "client_credentials")
	h.wantToken(response, err, "tools", mcp)
}

// OpenID Connect Core §5.3, RFC 9700 §2.3.
func TestATokenForAnotherResourceReturnsNoUserinfo(t *testing.T) {
	eachFormat(t, func(t *testing.T, format oauth.TokenFormat) {
		h := resourceHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = format })
		response, err := h.exchangeFor(h.codeFor("openid tools", mcp))
		h.wantToken(response, err, "openid tools", mcp)
		_, err = h.UserInfo(ctx, response.AccessToken)
		wantCode(t, err, "invalid_token")
		response, err = h.exchangeFor(h.codeFor("openid tools", mcp, issuer))
		h.wantToken(response, err, "openid tools", mcp, issuer)
		if _, err = h.UserInfo(ctx, response.AccessToken); err != nil {
			t.Error(err)
		}
	})
}

func TestAPermissionForOneResourceIsNotOneForAnother(t *testing.T) {
	h := resourceHouse(t, nil)
	next := func(scope string, uris ...string) provider.Step {
		t.Helper()
		r, err := h.askFor(scope, uris...)
		if err != nil {
			t.Fatal(err)
		}
		step, err := h.Next(ctx, r, &h.who)
		if err != nil {
			t.Fatal(err)
		}
		return step
	}
	h.codeFor("read", files)
	for name, test := range map[string]struct {
		scope string
		uris  []string
		want  provider.Step
	}{
		"the same":                       {"read", []string{files + "/"}, provider.StepDone},
		"another scope":                  {"read write", []string{files}, provider.StepConsent},
		"the API of the server":          {"read", nil, provider.StepConsent},
		"another resource":               {"tools", []string{mcp}, provider.StepConsent},
		"the same and another resource":  {"read tools", []string{files, mcp}, provider.StepConsent},
		"the same, and the server's API": {"read", []string{files, issuer}, provider.StepConsent},
	} {
		if got := next(test.scope, test.uris...); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
	h.codeFor("write", issuer)
	if got := next("read", issuer); got != provider.StepConsent {
		t.Errorf("a permission for files was used for the API of the server: %s", got)
	}
	if got := next("write"); got != provider.StepDone {
		t.Errorf("got %s", got)
	}
	consent, err := h.store.Consent(ctx, h.who.Subject, h.id)
	if err != nil || consent.Scope.String() != files+"#read write" {
		t.Errorf("got %+v %v", consent, err)
	}
}

func TestAResourceCanHaveItsOwnFormatLifetimeAndAlgorithm(t *testing.T) {
	h := resourceHouse(t, func(config *provider.Config, _ *oauth.Client) {
		config.Resources[0].TokenFormat, config.Resources[0].AccessTokenTTL, config.Resources[0].SigningAlg = oauth.JWT, time.Minute, oauth.AlgEdDSA
	})
	isJWT := func(r *provider.TokenResponse) bool { return strings.HasPrefix(r.AccessToken, "eyJ") }
	_, err := h.exchangeFor(h.codeFor("read tools", mcp, files))
	wantCode(t, err, "invalid_target") // one token cannot have two formats
	response, err := h.exchangeFor(h.codeFor("read tools", mcp, files), mcp)
	h.wantToken(response, err, "tools", mcp)
	header, _ := base64.RawURLEncoding.DecodeString(strings.Split(response.AccessToken, ".")[0])
	if !isJWT(response) || response.ExpiresIn != 60 || !strings.Contains(string(header), `"alg":"EdDSA"`) {
		t.Errorf("got %+v %s", response, header)
	}
	h.pass(time.Second)
	next, err := h.refreshFor(response.RefreshToken, files)
	h.wantToken(next, err, "read", files)
	if isJWT(next) || next.ExpiresIn != 3600 {
		t.Errorf("got %+v", next)
	}
	again, err := h.refreshFor(response.RefreshToken, mcp) // in the replay window
	h.wantToken(again, err, "read", files)
	single, err := h.exchangeFor(h.codeFor("tools", mcp))
	h.wantToken(single, err, "tools", mcp)
	if !isJWT(single) {
		t.Errorf("got %+v", single)
	}
	own, err := h.tokenFor([]string{mcp}, "grant_type", "client_credentials")
	h.wantToken(own, err, "tools", mcp)
	if !isJWT(own) || own.ExpiresIn != 60 {
		t.Errorf("got %+v", own)
	}
}

// TestJWTLifetimeIsTheLongestThatAnAPICanAcceptAToken that was revoked: hooks can choose JWTs for
// every client, with any lifetime.
func TestJWTLifetimeIsTheLongestThatAnAPICanAcceptAToken(t *testing.T) {
	jwtResource := func(c *provider.Config) {
		c.Resources[0].TokenFormat, c.Resources[0].AccessTokenTTL = oauth.JWT, 2*time.Hour
	}
	for name, test := range map[string]struct {
		change func(*provider.Config, *oauth.Client)
		want   time.Duration
	}{
		"opaque":             {func(*provider.Config, *oauth.Client) {}, 0},
		"JWTs of the client": {func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = oauth.JWT }, time.Hour},
		"a lifetime of the client": {func(_ *provider.Config, c *oauth.Client) {
			c.AccessTokenFormat, c.AccessTokenTTL = oauth.JWT, oauth.Lifetime(time.Minute)
		}, time.Minute},
		"JWTs of a resource": {func(config *provider.Config, _ *oauth.Client) { jwtResource(config) }, 2 * time.Hour},
		"JWTs of a resource of others": {func(config *provider.Config, c *oauth.Client) {
			jwtResource(config)
			c.Resources = []string{files}
		}, 0},
		"formats of a hook": {func(config *provider.Config, _ *oauth.Client) {
			config.TokenFormat = func(context.Context, oauth.TokenInfo) (oauth.TokenFormat, error) { return oauth.JWT, nil }
		}, time.Hour},
		"lifetimes of a hook": {func(config *provider.Config, c *oauth.Client) {
			c.AccessTokenFormat = oauth.JWT
			config.TokenLifetimes = func(context.Context, oauth.TokenInfo) (oauth.Lifetimes, error) { return oauth.Lifetimes{}, nil }
		}, 30 * 24 * time.Hour},
	} {
		h := resourceHouse(t, test.change)
		c, err := h.store.Client(ctx, h.id)
		if err != nil {
			t.Fatal(err)
		}
		if got := h.JWTLifetime(c); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
}

func TestNothingIsIssuedForAResourceThatAClientIsNotAllowedToRequest(t *testing.T) {
	for _, named := range [][]string{nil, {mcp}} {
		h := resourceHouse(t, nil)
		response, err := h.exchangeFor(h.codeFor("tools", mcp))
		h.wantToken(response, err, "tools", mcp)
		open, err := h.askFor("tools", mcp)
		if err != nil {
			t.Fatal(err)
		}
		_, err = oauth.ChangeClient(ctx, h.store, h.id, func(c *oauth.Client) error {
			c.Resources = []string{files}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.refreshFor(response.RefreshToken, named...)
		wantCode(t, err, "invalid_target")
		open.Show(h.who)
		if _, err := h.Approve(ctx, open, h.who, open.RequestedScopes(), true); err == nil {
			t.Error("the open request was approved")
		}
	}
}

// A resource can be missing for a while, for example during a change of the
// configuration of several servers.
func TestARefreshTokenSurvivesAResourceThatIsMissingForAWhile(t *testing.T) {
	eachFormat(t, func(t *testing.T, format oauth.TokenFormat) {
		h := resourceHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = format })
		response, err := h.exchangeFor(h.codeFor("tools", mcp))
		h.wantToken(response, err, "tools", mcp)
		for _, allowed := range [][]string{{files}, nil} {
			_, err = oauth.ChangeClient(ctx, h.store, h.id, func(c *oauth.Client) error {
				c.Resources = allowed
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			h.pass(time.Minute)
			next, err := h.refreshFor(response.RefreshToken)
			if allowed == nil {
				h.wantToken(next, err, "tools", mcp)
				continue
			}
			wantCode(t, err, "invalid_target")
		}
	})
}

// RFC 7662 §4.
func TestAnAPIIntrospectsTheTokensForItsResourcesOnly(t *testing.T) {
	h := resourceHouse(t, func(config *provider.Config, _ *oauth.Client) { config.Resources[0].ClientID = "mcp" })
	keys := make(map[string]string)
	for _, id := range []string{"mcp", "gateway"} {
		api := &oauth.Client{ID: id, Name: id, Type: oauth.Confidential, ResourceServer: true}
		keys[id] = api.RotateSecret(h.now, 0)
		h.add(api)
	}
	forMCP, err := h.exchangeFor(h.codeFor("tools", mcp))
	h.wantToken(forMCP, err, "tools", mcp)
	forBoth, err := h.exchangeFor(h.codeFor("read tools", files, mcp))
	h.wantToken(forBoth, err, "read tools", files, mcp)
	forFiles, err := h.exchangeFor(h.codeFor("read", files))
	h.wantToken(forFiles, err, "read", files)
	for api, want := range map[string][]bool{"mcp": {true, true, false, false}, "gateway": {true, true, true, true}} {
		for i, token := range []string{forMCP.AccessToken, forBoth.AccessToken, forFiles.AccessToken, h.tokens().AccessToken} {
			found, err := h.introspect(token, "client_id", api, "client_secret", keys[api])
			if err != nil || found.Active != want[i] {
				t.Errorf("%s, token %d: got %+v %v", api, i, found, err)
			}
		}
	}
}

// RFC 9101 §6.3: the parameters of a request object are those of the request.
func TestARequestObjectCanNameResources(t *testing.T) {
	object := func(claims string) string {
		encode := base64.RawURLEncoding.EncodeToString
		return encode([]byte(`{"alg":"none"}`)) + "." + encode([]byte(claims)) + "."
	}
	h := resourceHouse(t, func(_ *provider.Config, c *oauth.Client) { c.RequestObjectAlg = oauth.AlgNone })
	for claims, want := range map[string]oauth.Audience{
		`{"resource":"` + mcp + `"}`:                    {mcp},
		`{"resource":["` + mcp + `","` + files + `/"]}`: {mcp, files},
		`{"resource":["` + mcp + `"],"scope":"openid"}`: {mcp},
		`{"scope":"openid"}`:                            {files, mcp},
	} {
		p := params(t, "response_type", "code", "client_id", h.id, "redirect_uri", callback, "state", "xyz", "scope", "openid",
			"code_challenge", challenge(verifier), "code_challenge_method", "S256", "request", object(claims))
		r, err := h.Begin(ctx, also(p, files, mcp))
		if err != nil || !slices.Equal(r.Resources, want) {
			t.Errorf("%s: got %+v %v", claims, r, err)
		}
	}
	for _, claims := range []string{`{"resource":[1]}`, `{"resource":{}}`, `{"resource":[` + strings.Repeat(`"a",`, 8) + `"a"]}`} {
		_, err := h.ask("scope", "openid", "request", object(claims))
		if err == nil {
			t.Errorf("%s: no error", claims)
		}
	}
}

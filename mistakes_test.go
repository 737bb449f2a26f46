package latchkey_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/hosttest"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/resource"
)

// TestMistakesOfAHostAreLoggedWithTheirRemedy: New cannot notice these mistakes,
// because they are made later.
func TestMistakesOfAHostAreLoggedWithTheirRemedy(t *testing.T) {
	var log bytes.Buffer
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Logger = slog.New(slog.NewTextHandler(&log, nil))
		o.AdminPath = "/office/"
		o.Resources = []oauth.ResourceInfo{{URI: "https://api.example/notes", Scopes: oauth.Scopes{"write"}}}
	})
	get := func(h http.Handler, path string) int {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w.Code
	}
	for name, c := range map[string]struct {
		mistake func() (status int)
		status  int
		want    string
	}{
		"Server behind StripPrefix":      {func() int { return get(http.StripPrefix("/o", p.Server), "/o/authorize/") }, 404, "without http.StripPrefix"},
		"metadata behind StripPrefix":    {func() int { return get(http.StripPrefix("/o", p.Server), "/o/.well-known/openid-configuration") }, 404, "but the Server sees the path"},
		"Server below another path":      {func() int { return get(p.Server, "/a/b/token/") }, 404, "the path of this page is /o/token/"},
		"back office behind StripPrefix": {func() int { return get(http.StripPrefix("/office", p.Server.Admin()), "/office/users/") }, 404, "admin_path=/office/"},
		"back office below another path": {func() int { return get(p.Server.Admin(), "/admin/") }, 404, "or set Options.AdminPath to the path at which it is mounted\" admin_path=/office/"},
		"misspelt scope of an API":       {func() int { p.Server.Require("raed"); return 0 }, 0, "level=WARN msg=\"an API requires a scope that is not one of Options.Scopes, so no application can request it (did you mean read?)\" scope=raed"},
		"misspelt scope of a guard":      {func() int { p.Server.Guard("").RequireAny("read", "wirte"); return 0 }, 0, "scope=wirte"},
		"misspelt scope to read":         {func() int { p.Server.Guard("").ReadWrite("raed", "write"); return 0 }, 0, "(did you mean read?)\" scope=raed"},
		"scopes of no resource":          {func() int { p.Server.Guard("").ReadWriteOf("music"); return 0 }, 0, "scope=music:write"},
		"misspelt scope of a policy":     {func() int { p.Server.Guard("").RequirePolicy(resource.Policy{Scopes: []string{"raed"}}); return 0 }, 0, "scope=raed"},
		"misspelt scope of a route": {func() int {
			p.Server.Guard("").Routes(map[string]resource.Policy{"GET /notes": resource.AnyScope("raed")})(p.Server)
			return 0
		}, 0, "scope=raed"},
		"misspelt scope of a request": {func() int {
			guard := p.Server.Guard("").RequireScopes(func(*http.Request) []string { return []string{"raed"} })(p.Server)
			return get(guard, "/") + get(guard, "/")
		}, 802, "(did you mean read?)\" scope=raed"},
		"misspelt scope of a call": {func() int {
			_, refusal := p.Server.Guard("").CheckCall(t.Context(), "/notes.Notes/Add", nil, map[string]resource.Policy{"/notes.Notes/Add": {Scopes: []string{"raed"}}}, nil)
			return refusal.Kind.Status()
		}, 401, "scope=raed"},
		"misspelt scope of a resource":      {func() int { p.Server.Guard("https://api.example/notes").Require("raed"); return 0 }, 0, "scope=raed"},
		"scope of a resource at the server": {func() int { p.Server.Require("write"); return 0 }, 0, "an API requires a scope that tokens for it cannot have"},
		"scope of another resource":         {func() int { p.Server.RequireResource("https://api.example/notes", "read"); return 0 }, 0, "scope=read resource=https://api.example/notes"},
		"scopes of the resource":            {func() int { p.Server.RequireResource("https://api.example/notes", "write", "openid"); return 0 }, 0, ""},
		"scopes that applications can use":  {func() int { p.Server.Require("read", "openid"); return 0 }, 0, ""},
		"an address that no mount explains": {func() int { return get(p.Server, "/a/b/c/token/") }, 404, `detail="the path is \"/a/b/c/token/\""`},
		"the issuer in a browser":           {func() int { return get(p.Server, "/o/") + get(p.Server, "/o") }, 400, ""},
		"another document of the host":      {func() int { return get(p.Server, "/.well-known/security.txt") }, 404, `detail="the path is \"/.well-known/security.txt\""`},
		"metadata of the host":              {func() int { return get(p.Server, "/.well-known/openid-configuration") }, 404, "level=INFO msg=\"request rejected\""},
		"a back office that is not mounted": {func() int { return get(p.Server, "/office/users/") }, 404, "mount Server.Admin at /office/"},
	} {
		log.Reset()
		if status := c.mistake(); status != c.status || !strings.Contains(log.String(), c.want) || c.want == "" && log.Len() > 0 {
			t.Errorf("%s: got %d and the log %s\nwant %d and %s", name, status, log.String(), c.status, c.want)
		}
	}
}

// TestWrongMountIsOneWarning: anyone can send requests with such paths.
func TestWrongMountIsOneWarning(t *testing.T) {
	var log bytes.Buffer
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	})
	for name, mounted := range map[string]http.Handler{
		"/o/authorize/":  http.StripPrefix("/o", p.Server),
		"/admin/people/": http.StripPrefix("/admin", p.Server.Admin()),
	} {
		log.Reset()
		for range 3 {
			mounted.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, name, nil))
		}
		if text := log.String(); strings.Count(text, "level=WARN") != 1 || !strings.Contains(text, "without http.StripPrefix") {
			t.Errorf("%s: got the log %q, want one warning", name, text)
		}
	}
}

// TestSessionMiddlewareThatIsMissingIsLogged: the login page sends the person back, and
// the Server cannot see their session.
func TestSessionMiddlewareThatIsMissingIsLogged(t *testing.T) {
	var log bytes.Buffer
	host := hosttest.New()
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Logger, o.People = slog.New(slog.NewTextHandler(&log, nil)), host
	})
	p.Mux.Handle("/host/", host)
	host.Bounce(true)
	client, _ := p.AddClient("https://app.example/cb", nil)
	page := p.Browser().Open(p.AuthorizationURL(client, "read"))
	if want := "the middleware for its sessions wraps the Server, and that the path of its cookie includes /o/"; page.StatusCode != 403 || !strings.Contains(log.String(), want) {
		t.Errorf("got %s and the log %s\nwant %s", page.Status, log.String(), want)
	}
}

func TestNewReportsWhatIsMissing(t *testing.T) {
	_, err := latchkey.New(t.Context(), latchkey.Options{})
	want := `latchkey: Issuer is missing; set it to a URL such as https://id.example.com/o
latchkey: Store is missing
latchkey: MasterKey is missing; create 32 random bytes once, store them as a secret, and use them at every start`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// New logs missing texts and texts that have no effect. The server logs that an application gets no
// claims about the people of a host.
func TestMissingTextsAndClaimsAreLogged(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*latchkey.Options)
		scopes []string
		want   string
	}{
		"a scope without a description": {func(o *latchkey.Options) { o.Scopes = []oauth.ScopeInfo{{Name: "orders"}} }, nil, "a scope has no Description, so people see only its name when an application requests it\" scope=orders"},
		"a description in a catalogue": {func(o *latchkey.Options) {
			o.Scopes = []oauth.ScopeInfo{{Name: "orders"}}
			o.Templates = fstest.MapFS{"texts/en.json": {Data: []byte(`{"own.scope.orders": "Read your orders"}`)}}
		}, nil, ""},
		"a description of an unknown scope": {func(o *latchkey.Options) {
			o.Templates = fstest.MapFS{"texts/en.json": {Data: []byte(`{"own.scope.raed": "Read"}`)}}
		}, nil, "texts/en.json describes a scope that does not exist (did you mean read?)\" key=own.scope.raed"},
		"a misspelt variable": {func(o *latchkey.Options) {
			o.Templates = fstest.MapFS{"assets/theme.css": {Data: []byte(":root { --brnd: #0f5f57 }")}}
		}, nil, "theme.css sets variables that have no effect"},
		"no claims for the scope profile": {latchkeytest.OwnPeople(), []string{"openid", "profile"}, "set Options.Claims"},
		"no claims for the scope openid":  {latchkeytest.OwnPeople(), []string{"openid"}, ""},
	} {
		var log bytes.Buffer
		p := latchkeytest.New(t, c.change, func(o *latchkey.Options) {
			o.Logger = slog.New(slog.NewTextHandler(&log, nil))
		})
		if c.scopes != nil {
			client, secret := p.AddClient("https://app.example/cb", nil)
			r, w := httptest.NewRequest(http.MethodGet, "/o/userinfo/", nil), httptest.NewRecorder()
			r.Header.Set("Authorization", "Bearer "+p.Tokens(client, secret, "ada", c.scopes...).AccessToken)
			p.Server.ServeHTTP(w, r)
		}
		text := log.String()
		if c.want != "" && strings.Count(text, c.want) != 1 || c.want == "" && strings.Contains(strings.ReplaceAll(text, "InsecurePasswordHashes", ""), "set Options.Claims") || c.want == "" && strings.Contains(text, "Description") {
			t.Errorf("%s: got the log %s\nwant %s", name, text, c.want)
		}
	}
}

// TestForeignPathsDoNotFillTheLog of the back office: the first path is shortened, and no other
// one is logged.
func TestForeignPathsDoNotFillTheLog(t *testing.T) {
	var log bytes.Buffer
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Logger, o.AdminPath = slog.New(slog.NewTextHandler(&log, nil)), "/office/"
	})
	for _, path := range []string{"/first/" + strings.Repeat("x", 100_000), "/second/"} {
		p.Server.Admin().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
	}
	if text := log.String(); len(text) > 2000 || !strings.Contains(text, "path=/first/xxx") || strings.Contains(text, "/second/") {
		t.Errorf("got the log %.3000q", text)
	}
}

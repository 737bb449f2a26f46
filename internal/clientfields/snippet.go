package clientfields

import (
	"cmp"
	"embed"
	"encoding/json"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A Snippet is a part of a program or a command that connects an application to this
// server, with the values of the application.
type Snippet struct {
	Library string // the names of the language and the library
	File    string // a name for the file
	Text    string // the program or the commands
}

//go:embed snippets/*.txt
var snippetFiles embed.FS

// snippetTemplates are the files of the folder snippets. Each function writes a value as a
// literal of a language.
var snippetTemplates = template.Must(template.New("").Funcs(template.FuncMap{
	"go": func(value any) string {
		if text, ok := value.(string); ok {
			return strconv.Quote(text)
		}
		return literal(value)
	},
	"js": literal, "sh": shellQuoted, "php": phpQuoted,
}).ParseFS(snippetFiles, "snippets/*.txt"))

// Snippets returns the snippets for an application, the most usual one first. secret is its
// client secret, or empty if it is not known: commands that can be pasted contain it.
func Snippets(issuer string, c *oauth.Client, secret string) (all []Snippet) {
	values := newSnippetValues(issuer, c, secret)
	for _, s := range snippetsFor(c) {
		var text strings.Builder
		if err := snippetTemplates.ExecuteTemplate(&text, s.template, values); err != nil {
			panic(err) // cannot happen: a test executes each of them
		}
		all = append(all, Snippet{s.library, s.file, text.String()})
	}
	return all
}

// snippetFile is one of the files of the folder snippets.
type snippetFile struct{ library, file, template string }

// snippetsFor returns the snippets that work with an application: those for login need the
// scope openid, and none of them authenticates with a key.
func snippetsFor(c *oauth.Client) (all []snippetFile) {
	secret := c.NeedsSecret() && c.AuthMethod != oauth.AuthSecretJWT
	if c.ResourceServer && secret {
		all = append(all,
			snippetFile{"curl", "introspect.sh", "api.sh.txt"},
			snippetFile{"Go: package resource", "main.go", "api.go.txt"},
			snippetFile{"Spring Boot", "application.yaml", "spring-api.yaml.txt"})
	}
	login := webRedirect(c) != "" && c.Allows(oauth.GrantAuthorizationCode) && c.MayHave(oauth.ScopeOpenID)
	switch {
	case login && c.Type == oauth.Confidential && secret:
		all = append(all,
			snippetFile{"Go: go-oidc", "main.go", "login.go.txt"},
			snippetFile{"Node.js: express-openid-connect", "app.mjs", "express.js.txt"},
			snippetFile{"Python: Authlib", "app.py", "authlib.py.txt"},
			snippetFile{"Spring Boot", "application.yaml", "spring.yaml.txt"},
			snippetFile{"PHP: league/oauth2-client", "provider.php", "league.php.txt"},
			snippetFile{"oauth2-proxy", "start.sh", "oauth2-proxy.sh.txt"})
	case login && c.Agent && c.Type == oauth.Public:
		all = append(all, snippetFile{"MCP", "mcp.json", "mcp.json.txt"}, snippetFile{"Go: go-oidc", "main.go", "login.go.txt"})
	case login && c.Type == oauth.Public && c.ApplicationType == oauth.Native:
		all = append(all, snippetFile{"Go: go-oidc", "main.go", "login.go.txt"})
	case login && c.Type == oauth.Public:
		all = append(all, snippetFile{"JavaScript: oidc-client-ts", "login.js", "browser.js.txt"}, snippetFile{"Go: go-oidc", "main.go", "login.go.txt"})
	}
	if c.Allows(oauth.GrantClientCredentials) && secret {
		all = append(all,
			snippetFile{"curl", "token.sh", "machine.sh.txt"},
			snippetFile{"Go: x/oauth2", "main.go", "machine.go.txt"},
			snippetFile{"Python: Authlib", "token.py", "machine.py.txt"})
	}
	if c.Allows(oauth.GrantDeviceCode) && c.Type == oauth.Public {
		all = append(all, snippetFile{"curl", "device.sh", "device.sh.txt"})
	}
	return all
}

// snippetValues are the values that the snippets use.
type snippetValues struct {
	Issuer, ClientID, Secret string
	BasicID                  string // the client ID for the Authorization header (RFC 6749 §2.3.1)
	HasSecret, Secure        bool
	Scope                    string   // the scopes of the application itself
	LoginScopes              []string // the scopes of an application that acts for a person
	RedirectURI, AfterLogout string
	// Origin, Path and Listen are those of the redirect URI.
	Origin, Path, Listen string
	Resource             string // the only resource of the application, or empty
}

// newSnippetValues returns the values of an application.
func newSnippetValues(issuer string, c *oauth.Client, secret string) snippetValues {
	v := snippetValues{
		Issuer: issuer, ClientID: c.ID, BasicID: url.QueryEscape(c.ID), Secret: cmp.Or(secret, "…"), HasSecret: c.NeedsSecret(), Path: "/", Listen: "localhost:8080",
	}
	allowed := c.Scopes
	if len(allowed) == 0 {
		allowed = oauth.Scopes{oauth.ScopeOpenID, oauth.ScopeProfile, oauth.ScopeEmail}
	}
	for _, scope := range allowed {
		if !oauth.AboutPerson(scope) {
			v.Scope = strings.TrimSpace(v.Scope + " " + scope)
		}
		if scope != oauth.ScopeAddress && scope != oauth.ScopePhone {
			v.LoginScopes = append(v.LoginScopes, scope)
		}
	}
	if len(c.Resources) == 1 {
		v.Resource = c.Resources[0]
	}
	v.redirect(webRedirect(c))
	if len(c.PostLogoutRedirectURIs) > 0 {
		v.AfterLogout = c.PostLogoutRedirectURIs[0]
	}
	return v
}

// webRedirect returns the first redirect URI that a program can receive with HTTP, or "".
func webRedirect(c *oauth.Client) string {
	i := slices.IndexFunc(c.RedirectURIs, func(uri string) bool {
		return !oauth.HasWildcard(uri) && (strings.HasPrefix(uri, "https://") || strings.HasPrefix(uri, "http://"))
	})
	if i < 0 {
		return ""
	}
	return c.RedirectURIs[i]
}

// redirect sets the values that depend on the redirect URI. The port of a loopback address
// can be chosen (RFC 8252 §7.3).
func (v *snippetValues) redirect(uri string) {
	v.RedirectURI = uri
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" {
		return
	}
	if u.Scheme == "http" {
		v.Listen = net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "8080"))
		u.Host = v.Listen
		v.RedirectURI = u.String()
	}
	v.Origin, v.Path, v.Secure = u.Scheme+"://"+u.Host, cmp.Or(u.EscapedPath(), "/"), u.Scheme == "https"
}

// LoginScope returns the scope parameter of an application that acts for a person.
func (v snippetValues) LoginScope() string { return strings.Join(v.LoginScopes, " ") }

// MCPServer returns the URL of an MCP server.
func (v snippetValues) MCPServer() string { return cmp.Or(v.Resource, "https://tools.example/mcp") }

// Audience returns the audience of the tokens for an API.
func (v snippetValues) Audience() string { return cmp.Or(v.Resource, v.Issuer) }

// APIScope returns a scope that an API can require.
func (v snippetValues) APIScope() string {
	scope, _, _ := strings.Cut(v.Scope, " ")
	return cmp.Or(scope, "read")
}

// DiscoveryURL, TokenURL, AuthorizeURL, UserinfoURL, DeviceURL and IntrospectionURL return the URLs of the server.
func (v snippetValues) DiscoveryURL() string { return v.Issuer + "/.well-known/openid-configuration" }

// TokenURL returns the URL of the token endpoint.
func (v snippetValues) TokenURL() string { return v.Issuer + "/token/" }

// AuthorizeURL returns the URL of the authorization endpoint.
func (v snippetValues) AuthorizeURL() string { return v.Issuer + "/authorize/" }

// UserinfoURL returns the URL of the userinfo endpoint.
func (v snippetValues) UserinfoURL() string { return v.Issuer + "/userinfo/" }

// DeviceURL returns the URL of the device authorization endpoint.
func (v snippetValues) DeviceURL() string { return v.Issuer + "/device-authorization/" }

// IntrospectionURL returns the URL of the introspection endpoint.
func (v snippetValues) IntrospectionURL() string { return v.Issuer + "/introspect/" }

// literal returns a value as a literal of JSON, which JavaScript, Python and YAML read too.
func literal(value any) string {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err) // cannot happen: texts and lists of texts
	}
	return strings.TrimSpace(text.String())
}

// shellQuoted returns a text as a word of a POSIX shell.
func shellQuoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// phpQuoted returns a text as a literal of PHP.
func phpQuoted(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}

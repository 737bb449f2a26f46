package clientfields

import (
	"slices"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// An AppKind is an answer to the question of what an application is. It chooses the settings
// that such applications usually need, and the few fields that a person has to enter.
// All of them can be changed later: the kind is not stored.
type AppKind struct {
	// Name is the kind in a form and on the command line.
	Name string
	// Icon is a symbol of icons.svg.
	Icon string
	// Title is the kind in a few words, Text describes it in a sentence, and Heading is the
	// heading of the form.
	Title, Text, Heading ui.Text
	// Fields are the names of the fields that a person has to enter.
	Fields []string
	// set chooses the settings.
	set func(*oauth.Client)
}

// AppKinds returns all kinds, in the order in which they are shown.
func AppKinds() []AppKind {
	return []AppKind{
		{
			Name: "web", Icon: "web", Title: ui.Text{"admin.kind.web"}, Text: ui.Text{"admin.kind.web_text"}, Heading: ui.Text{"admin.kind.web_heading"},
			Fields: withPeople("post_logout_redirect_uris"), set: asksPeople(oauth.Confidential),
		},
		{
			Name: "spa", Icon: "spa", Title: ui.Text{"admin.kind.spa"}, Text: ui.Text{"admin.kind.spa_text"}, Heading: ui.Text{"admin.kind.spa_heading"},
			Fields: withPeople("post_logout_redirect_uris"), set: asksPeople(oauth.Public),
		},
		{
			Name: "native", Icon: "phone", Title: ui.Text{"admin.kind.native"}, Text: ui.Text{"admin.kind.native_text"}, Heading: ui.Text{"admin.kind.native_heading"},
			Fields: withPeople(), set: func(c *oauth.Client) {
				asksPeople(oauth.Public)(c)
				c.ApplicationType = oauth.Native
			},
		},
		{
			Name: "machine", Icon: "machine", Title: ui.Text{"admin.kind.machine"}, Text: ui.Text{"admin.kind.machine_text"}, Heading: ui.Text{"admin.kind.machine_heading"},
			Fields: []string{"client_name", "owner_id", "scope", "allowed_resources"}, set: func(c *oauth.Client) {
				c.Type, c.GrantTypes = oauth.Confidential, []string{oauth.GrantClientCredentials}
			},
		},
		{
			Name: "device", Icon: "tv", Title: ui.Text{"admin.kind.device"}, Text: ui.Text{"admin.kind.device_text"}, Heading: ui.Text{"admin.kind.device_heading"},
			Fields: []string{"client_name", "owner_id", "client_uri", "scope", "allowed_resources"}, set: func(c *oauth.Client) {
				c.Type, c.GrantTypes = oauth.Public, []string{oauth.GrantDeviceCode, oauth.GrantRefreshToken}
			},
		},
		{
			Name: "api", Icon: "api", Title: ui.Text{"admin.kind.api"}, Text: ui.Text{"admin.kind.api_text"}, Heading: ui.Text{"admin.kind.api_heading"},
			Fields: []string{"client_name", "owner_id"}, set: func(c *oauth.Client) {
				c.Type, c.GrantTypes, c.ResourceServer = oauth.Confidential, []string{}, true
			},
		},
		{
			Name: "mcp", Icon: "agent", Title: ui.Text{"admin.kind.mcp"}, Text: ui.Text{"admin.kind.mcp_text"}, Heading: ui.Text{"admin.kind.mcp_heading"},
			Fields: withPeople(), set: func(c *oauth.Client) {
				asksPeople(oauth.Public)(c)
				c.Agent, c.AccessTokenFormat = true, oauth.JWT
				c.RedirectURIs = []string{"http://127.0.0.1/callback", "http://localhost/callback"}
			},
		},
	}
}

// FindAppKind returns the kind with the name, if there is one.
func FindAppKind(name string) (AppKind, bool) {
	kinds := AppKinds()
	i := slices.IndexFunc(kinds, func(k AppKind) bool { return k.Name == name })
	if i < 0 {
		return AppKind{}, false
	}
	return kinds[i], true
}

// Set sets the fields of an application to those of the kind.
func (k AppKind) Set(c *oauth.Client) { k.set(c) }

// Asks reports whether a person has to enter the field.
func (k AppKind) Asks(field string) bool { return slices.Contains(k.Fields, field) }

// UsualScopes returns the scopes that most applications like this one need: the default scopes of the
// server and, if people use the application, the scopes for logging in. all are the scopes of the
// server, and byDefault those that it grants to a request without a scope.
func UsualScopes(c *oauth.Client, all []oauth.ScopeInfo, byDefault oauth.Scopes) (usual oauth.Scopes) {
	if c.ResourceServer {
		return nil
	}
	if slices.Equal(c.GrantTypes, []string{oauth.GrantClientCredentials}) {
		return slices.DeleteFunc(slices.Clone(byDefault), oauth.AboutPerson)
	}
	login := oauth.Scopes{oauth.ScopeOpenID, oauth.ScopeProfile, oauth.ScopeEmail}
	if c.Allows(oauth.GrantRefreshToken) {
		login = append(login, oauth.ScopeOfflineAccess)
	}
	for _, scope := range all {
		if login.Contains(scope.Name) || byDefault.Contains(scope.Name) {
			usual = append(usual, scope.Name)
		}
	}
	return usual
}

// withPeople returns the fields of an application that people log in to or give permission.
func withPeople(more ...string) []string {
	return append([]string{"client_name", "owner_id", "client_uri", "redirect_uris", "scope", "allowed_resources"}, more...)
}

// asksPeople returns the settings of an application that sends people to the server.
func asksPeople(of oauth.ClientType) func(*oauth.Client) {
	return func(c *oauth.Client) {
		c.Type, c.GrantTypes = of, []string{oauth.GrantAuthorizationCode, oauth.GrantRefreshToken}
	}
}

// A KindFact is a setting that an application of a kind has from the beginning.
type KindFact struct {
	Field  Field
	Values []KindValue
}

// A KindValue is a value of a setting.
type KindValue struct {
	Code string  // the value, or empty
	Text ui.Text // an explanation, or the value in words; may be nil
}

// Facts returns the settings that the kind chooses, apart from those that a person enters.
func (k AppKind) Facts() (facts []KindFact) {
	c := new(oauth.Client)
	k.set(c)
	for _, f := range All() {
		if k.Asks(f.Name) || f.Kind == Kept {
			continue
		}
		fact := KindFact{Field: f}
		for _, value := range f.Get(c) {
			fact.Values = append(fact.Values, f.explain(c, value))
		}
		if len(fact.Values) > 0 {
			facts = append(facts, fact)
		}
	}
	return facts
}

// explain returns a value with the text of its choice.
func (f Field) explain(c *oauth.Client, value string) KindValue {
	for _, choice := range f.Choices {
		if choice.Value != value {
			continue
		}
		if choice.Key == "" {
			return KindValue{Code: choice.Name()}
		}
		return KindValue{choice.Name(), ui.Text{choice.Key}}
	}
	return KindValue{Text: f.ShownText(c, value)}
}

// AppKindNames returns the names of all kinds.
func AppKindNames() (names []string) {
	for _, kind := range AppKinds() {
		names = append(names, kind.Name)
	}
	return names
}

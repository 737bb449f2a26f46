package admin

import (
	"net/http"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// otherKind is the choice of an administrator who wants to see all fields.
const otherKind = "other"

type clientKindPage struct {
	Kinds []shownKind // the kinds of applications
}

// A shownKind is one of the answers to the question of what an application is.
type shownKind struct {
	clientfields.AppKind
	Facts []shownFact // the settings that an application of this kind has from the beginning
}

// A shownFact is a setting, with its values in words.
type shownFact struct {
	Label     ui.Text                  // the name of the setting
	Parameter string                   // the name in JSON
	Values    []clientfields.KindValue // its values
}

// clientAdd shows the kinds of applications, and then the form for the chosen one.
func (b *office) clientAdd(r *request) error {
	kind := r.URL.Query().Get("kind")
	if kind == "" {
		r.render(http.StatusOK, "client_kind", ui.Text{"admin.title.add_application"}, "applications", clientKindPage{shownKinds()})
		return nil
	}
	c, err := b.newClient(r, kind)
	if err != nil {
		return err
	}
	c.OwnerID = r.me.ID
	f, err := b.newClientForm(r, c, kind, kind == otherKind)
	if err != nil {
		return err
	}
	f.Secret, _ = oauth.NewClientSecret(b.Clock())
	return r.showClientForm(http.StatusOK, f)
}

func shownKinds() (kinds []shownKind) {
	for _, kind := range clientfields.AppKinds() {
		shown := shownKind{AppKind: kind}
		for _, fact := range kind.Facts() {
			shown.Facts = append(shown.Facts, shownFact{fact.Field.LabelText(), fact.Field.Name, fact.Values})
		}
		kinds = append(kinds, shown)
	}
	return kinds
}

// newClient returns an application with the settings of a kind. An unknown kind has those
// of a web application.
func (b *office) newClient(r *request, kind string) (*oauth.Client, error) {
	now := b.Clock()
	c := &oauth.Client{
		ID: oauth.NewClientID(), Type: oauth.Confidential, CreatedAt: now, UpdatedAt: now,
		GrantTypes: []string{oauth.GrantAuthorizationCode, oauth.GrantRefreshToken},
	}
	if of, found := clientfields.FindAppKind(kind); found {
		of.Set(c)
	}
	var err error
	c.Scopes, err = b.usualScopes(r, c)
	return c, err
}

// usualScopes returns the scopes that most applications like this one need.
func (b *office) usualScopes(r *request, c *oauth.Client) (oauth.Scopes, error) {
	known, err := b.Scopes(r.Context())
	if err != nil {
		return nil, err
	}
	byDefault, err := b.DefaultScopes(r.Context())
	if err != nil {
		return nil, err
	}
	return clientfields.UsualScopes(c, known, byDefault), nil
}

package admin

import (
	"errors"
	"net/http"
	"regexp"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// A foundPage shows the person and the application of a pasted token. It never contains the token.
type foundPage struct {
	Found    bool     // the server knows the token
	Kind     ui.Text  // such as "Access token"
	State    ui.Text  // whether it can be used
	Valid    bool     // it can be used
	End      string   // the end of its ID
	Person   listCell // its person
	App      listCell // its application
	Scope    string   // its scope
	Token    listCell // its ID
	Family   string   // the ID of its family, or empty
	Issued   listCell // when it was issued
	Expires  listCell // when it expires
	Field    string   // the name of the field of the form that revokes it, or empty
	Value    string   // the value of that field
	TokensOf string   // URL of the other tokens of the person, or empty
	Open     string   // URL of the page on which it can be revoked, or empty
}

// maxPasted is the maximum length of what is pasted, in bytes.
const maxPasted = 16 << 10

// errorID matches the error IDs of pages and logs.
var errorID = regexp.MustCompile(`^[a-z2-7]{10}$`)

// foundKinds and foundStates are those of the provider in words.
var (
	foundKinds = map[string]ui.Text{
		provider.FoundAccess: {"admin.found.access"}, provider.FoundJWT: {"admin.found.jwt"}, provider.FoundRefresh: {"admin.found.refresh"},
		provider.FoundUsedRefresh: {"admin.found.used_refresh"}, provider.FoundFamily: {"admin.found.family"},
	}
	foundStates = map[string]ui.Text{
		provider.FoundValid: {"admin.found.valid"}, provider.FoundExpired: {"admin.found.expired"},
		provider.FoundRevoked: {"admin.found.revoked"}, provider.FoundDisabled: {"admin.found.disabled"},
	}
)

// tokenFind shows whose token was pasted. The name of the field is not one of those that
// web.PageAddress puts into URLs. It also finds tokens by their ID, and rejected
// requests by their error ID.
func (b *office) tokenFind(r *request) error {
	text := strings.TrimSpace(r.PostForm.Get("found"))
	id, err := oauth.ParseID(text)
	switch {
	case err == nil:
		r.target = id.String()
		r.redirect(b.path("tokens", "find") + "?id=" + id.String())
		return nil
	case errorID.MatchString(text):
		r.target = text
		r.redirect(b.path("problems") + "?id=" + text)
		return nil
	case text == "" || len(text) > maxPasted:
		return r.showFound(provider.FoundToken{}, oauth.ErrNotFound)
	}
	if shown, err := r.showSecret(text); shown {
		return err
	}
	found, err := b.Tokens.FindToken(r.Context(), text)
	if err == nil {
		r.changed(found.ID.String()) // the search is recorded
	}
	return r.showFound(found, err)
}

// tokenByID shows the person and the application of the token with an ID.
func (b *office) tokenByID(r *request) error {
	if !r.URL.Query().Has("id") { // after a login, or after a choice of the appearance
		r.redirect(b.path("tokens"))
		return nil
	}
	id, err := oauth.ParseID(r.URL.Query().Get("id"))
	if err != nil {
		return errGone
	}
	return r.showFound(b.Tokens.FindTokenByID(r.Context(), id))
}

func (r *request) showFound(f provider.FoundToken, err error) error {
	if errors.Is(err, oauth.ErrNotFound) {
		r.render(http.StatusNotFound, "token_found", ui.Text{"admin.found.nothing"}, "tokens", foundPage{})
		return nil
	}
	if err != nil {
		return err
	}
	name := ""
	c, err := r.b.Store.Client(r.Context(), f.ClientID)
	if err != nil && !errors.Is(err, oauth.ErrNotFound) {
		return err
	}
	if err == nil {
		name = c.Name
	}
	page := foundPage{
		Found: true, Kind: foundKinds[f.Kind], State: foundStates[f.State], Valid: f.State == provider.FoundValid, End: tail(f.ID),
		Person: r.b.personCell(f.Subject, f.Username), App: r.b.clientCell(f.ClientID, name), Scope: f.Scope.String(),
		Token: codeCell(f.ID.String()), Issued: timeCell(f.IssuedAt), Expires: timeCell(f.ExpiresAt),
	}
	if !f.FamilyID.IsZero() {
		page.Family, page.Field, page.Value = f.FamilyID.String(), "family", f.FamilyID.String()
	} else if f.Kind == provider.FoundAccess {
		page.Field, page.Value = "token", f.ID.String()
	}
	if f.Subject != "" {
		page.TokensOf = r.b.path("tokens") + "?" + valuesOf("user", f.Subject, "application", f.ClientID)
	}
	r.render(http.StatusOK, "token_found", page.Kind, "tokens", page)
	return nil
}

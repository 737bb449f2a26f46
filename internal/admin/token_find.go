package admin

import (
	"errors"
	"net/http"
	"regexp"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/acts"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// A foundPage shows the person and the application of a pasted token. It never contains the token.
type foundPage struct {
	Found bool // the server knows the token
	// NotSearched is set if the text is not of a kind that can be found.
	NotSearched bool
	Kind        ui.Text  // such as "Access token"
	State       ui.Text  // whether it can be used
	Valid       bool     // it can be used
	MayBeValid  bool     // it can be used, or it is a JWT that was found by its jti: not revoked, but may have expired
	End         string   // the end of its ID
	Person      listCell // its person
	App         listCell // its application
	Scope       string   // its scope
	Token       listCell // its ID
	Family      string   // the ID of its family, or empty
	Issued      listCell // when it was issued
	Expires     listCell // when it expires
	Field       string   // the name of the field of the form that revokes it, or empty
	Value       string   // the value of that field
	TokensOf    string   // URL of the other tokens of the person, or empty
	Open        string   // URL of the page on which it can be revoked, or empty
}

// maxPasted is the maximum length of what is pasted, in bytes.
const maxPasted = 16 << 10

// errorID matches the error IDs of pages and logs.
var errorID = regexp.MustCompile(`^[a-z2-7]{10}$`)

// foundKinds and foundStates are those of a Found in words.
var (
	foundKinds = map[string]ui.Text{
		provider.FoundAccess: {"admin.found.access"}, provider.FoundJWT: {"admin.found.jwt"}, provider.FoundRefresh: {"admin.found.refresh"},
		provider.FoundUsedRefresh: {"admin.found.used_refresh"}, provider.FoundFamily: {"admin.found.family"},
		acts.FoundAPIToken: {"admin.found.api_token"}, acts.FoundClientSecret: {"admin.found.client_secret"},
		acts.FoundInitial: {"admin.registration.initial_access_token"}, acts.FoundInvitation: {"admin.found.invitation"},
	}
	foundStates = map[string]ui.Text{
		provider.FoundValid: {"admin.found.valid"}, provider.FoundExpired: {"admin.found.expired"},
		provider.FoundRevoked: {"admin.found.revoked"}, provider.FoundDisabled: {"admin.found.disabled"}, provider.FoundNotRevoked: {"admin.found.not_revoked"},
		acts.FoundUsedUp: {"admin.registration.used_up"}, string(account.InvitationUsed): {"admin.invitation.used"},
		string(account.InvitationWithdrawn): {"admin.invitation.withdrawn"},
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
		return r.showFound(acts.Found{}, acts.ErrNotSearched)
	}
	found, err := b.finder().Find(r.Context(), text)
	if err == nil {
		r.changed(found.ID) // the search is recorded
	}
	return r.showFound(found, err)
}

// finder finds what is pasted.
func (b *office) finder() *acts.Finder {
	return &acts.Finder{Tokens: b.Tokens, Accounts: b.Accounts, Store: b.Store, Clock: b.Clock}
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
	found, err := b.finder().Find(r.Context(), id.String())
	return r.showFound(found, err)
}

func (r *request) showFound(f acts.Found, err error) error {
	if errors.Is(err, oauth.ErrNotFound) || errors.Is(err, acts.ErrNotSearched) {
		page := foundPage{NotSearched: errors.Is(err, acts.ErrNotSearched)}
		r.render(http.StatusNotFound, "token_found", ui.Text{"admin.found.nothing"}, "tokens", page)
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
		Found: true, Kind: foundKinds[f.Kind], State: foundStates[f.State], Valid: f.State == provider.FoundValid, MayBeValid: f.State == provider.FoundValid || f.State == provider.FoundNotRevoked, Open: r.pageOf(f),
		Person: r.b.personCell(f.Subject, f.Username), App: r.b.clientCell(f.ClientID, name), Scope: f.Scope,
		Token: codeCell(f.ID), Issued: timeCell(f.IssuedAt), Expires: timeCell(f.ExpiresAt),
	}
	if page.Open == "" { // a token of an application
		id, err := oauth.ParseID(f.ID)
		if err != nil {
			return err
		}
		page.End = tail(id)
		if f.Subject != "" {
			page.TokensOf = r.b.path("tokens") + "?" + valuesOf("user", f.Subject, "application", f.ClientID)
		}
	}
	if !f.FamilyID.IsZero() {
		page.Family, page.Field, page.Value = f.FamilyID.String(), "family", f.FamilyID.String()
	} else if f.Kind == provider.FoundAccess {
		page.Field, page.Value = "token", f.ID
	}
	r.render(http.StatusOK, "token_found", page.Kind, "tokens", page)
	return nil
}

// pageOf returns the URL of the page on which a secret can be revoked, or "" for a token of an
// application.
func (r *request) pageOf(f acts.Found) string {
	switch f.Kind {
	case acts.FoundAPIToken:
		if f.Subject == r.me.ID {
			return r.b.path("api-tokens")
		}
		return r.b.path("users", f.Subject) + "#api-tokens"
	case acts.FoundClientSecret:
		return r.b.path("applications", f.ClientID)
	case acts.FoundInitial:
		return r.b.path("registration")
	case acts.FoundInvitation:
		return r.b.path("invitations")
	}
	return ""
}

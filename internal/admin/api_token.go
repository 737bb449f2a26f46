package admin

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// An apiTokenPage shows the personal tokens of a person for the admin API, and a form for a new
// one.
type apiTokenPage struct {
	Tokens     []apiToken         // the tokens that are valid, newest first
	Scopes     []apiScope         // the scopes that a token can have
	Name, Days string             // the fields of the form
	Errors     map[string]ui.Text // messages, by field
	// Added is a token that was just created, or empty. It is shown once.
	Added string
}

// An apiToken is a personal token, without its secret.
type apiToken struct {
	ID        string    // identifies the token
	Name      string    // chosen by the person
	Scopes    []string  // what the token allows
	CreatedAt time.Time // when it was created
	ExpiresAt time.Time // when it expires
	UsedAt    time.Time // when it was last used, to the hour, or zero
}

// An apiScope is a scope in the form.
type apiScope struct {
	Name, Text string // the name and the description of the scope
	Chosen     bool   // the box is ticked
}

// apiTokenList shows the tokens of the person who is logged in.
func (b *office) apiTokenList(r *request) error {
	return b.showAPITokens(r, http.StatusOK, apiTokenPage{Days: "90"}, nil)
}

func (b *office) showAPITokens(r *request, status int, page apiTokenPage, chosen []string) error {
	var err error
	if page.Tokens, err = b.apiTokensOf(r, r.me.ID); err != nil {
		return err
	}
	for _, info := range oauth.AdminScopeInfos() {
		page.Scopes = append(page.Scopes, apiScope{info.Name, info.Description, slices.Contains(chosen, info.Name)})
	}
	r.render(status, "api_token_list", ui.Text{"admin.title.api_tokens"}, "api-tokens", page)
	return nil
}

// apiTokensOf returns the valid tokens of a person, newest first.
func (b *office) apiTokensOf(r *request, id string) (all []apiToken, err error) {
	tokens, err := b.Accounts.PersonalTokens(r.Context(), id)
	for _, t := range tokens {
		all = append(all, apiToken(t))
	}
	return all, err
}

// apiTokenChange revokes a token, or adds one.
func (b *office) apiTokenChange(r *request) error {
	r.details.Person = r.me.ID // so that the owner sees the change
	if r.PostForm.Get("revoke") == "" {
		return b.apiTokenAdd(r)
	}
	if err := b.revokeAPIToken(r, r.me.ID); err != nil {
		return err
	}
	return r.goTo("api-token-revoked", "api-tokens")
}

// revokeAPIToken revokes the token of a person that the form names. A token that has expired or
// was revoked is not an error.
func (b *office) revokeAPIToken(r *request, person string) error {
	id := r.PostForm.Get("revoke")
	revoked, err := b.revokeToken(r, person, id)
	r.reported = len(revoked) == 0 // nothing was changed
	r.details.Changes = audit.RevokedTokens(revoked...)
	return err
}

// revokeToken revokes a token of a person, and those that were made with it. It returns the IDs of all of
// them, or none if the token did not exist.
func (b *office) revokeToken(r *request, person, id string) (revoked []string, err error) {
	revoked, err = b.Accounts.RevokePersonalToken(r.Context(), person, id)
	if errors.Is(err, account.ErrNotFound) {
		return nil, nil
	}
	return revoked, err
}

// userTokenRevoke revokes a token of another person.
func (b *office) userTokenRevoke(r *request) error {
	u, err := b.Store.User(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := b.revokeAPIToken(r, u.ID); err != nil {
		return err
	}
	return r.goTo("api-token-revoked", "users", u.ID)
}

func (b *office) askUserToken(r *request) (bool, error) {
	u, err := b.Store.User(r.Context(), r.PathValue("id"))
	if err != nil {
		return false, err
	}
	return r.ask("users", question{
		Heading: ui.Text{"admin.ask.api_token"}, Button: ui.Text{"admin.button.revoke"}, Text: ui.Text{"admin.ask.api_token_text"}, Cancel: b.path("users", u.ID),
	})
}

// apiTokenAdd adds a token, and shows it once.
func (b *office) apiTokenAdd(r *request) error {
	chosen := r.PostForm["scope"]
	page := apiTokenPage{Name: r.PostForm.Get("name"), Days: r.PostForm.Get("days"), Errors: make(map[string]ui.Text)}
	known := func(name string) bool {
		return slices.ContainsFunc(oauth.AdminScopeInfos(), func(info oauth.ScopeInfo) bool { return info.Name == name })
	}
	if len(chosen) == 0 || slices.ContainsFunc(chosen, func(name string) bool { return !known(name) }) {
		page.Errors["scope"] = ui.Text{"admin.api_tokens.no_scope"}
	}
	if strings.TrimSpace(page.Name) == "" {
		page.Errors["name"] = ui.Text{"admin.api_tokens.no_name"}
	}
	days, err := strconv.Atoi(page.Days)
	if most := int(account.MaxPersonalTokenTTL / (24 * time.Hour)); err != nil || days < 1 || days > most {
		page.Errors["ttl"] = ui.Text{"admin.api_tokens.days", "n", most}
	}
	if len(page.Errors) > 0 {
		return b.showAPITokens(r, http.StatusUnprocessableEntity, page, chosen)
	}
	text := oauth.NewToken(oauth.KindPersonal, b.Clock()).String()
	token, err := b.Accounts.AddPersonalToken(r.Context(), r.me.ID, text, page.Name, chosen, time.Duration(days)*24*time.Hour)
	if faults, invalid := errors.AsType[validate.FieldErrors](err); invalid {
		for _, fault := range faults {
			page.Errors[fault.Field] = faultText(fault)
		}
		return b.showAPITokens(r, http.StatusUnprocessableEntity, page, chosen)
	}
	if err != nil {
		return err
	}
	r.details.Changes = []oauth.Change{{Field: "api_token", After: token.Name}, {Field: "scope", After: oauth.Scopes(chosen).String()}, {Field: "expires_at", After: token.ExpiresAt.UTC().Format(time.RFC3339)}}
	r.changed(token.ID)
	return b.showAPITokens(r, http.StatusOK, apiTokenPage{Days: "90", Added: text}, nil)
}

func (b *office) askAPIToken(r *request) (bool, error) {
	if !r.PostForm.Has("revoke") {
		return false, nil
	}
	return r.ask("api-tokens", question{
		Heading: ui.Text{"admin.ask.api_token"}, Button: ui.Text{"admin.button.revoke"}, Text: ui.Text{"admin.ask.api_token_text"},
	})
}

// Summary returns the errors of the form.
func (p apiTokenPage) Summary() ui.Summary {
	return summaryOf(lists(p.Errors), "name", "scope", "days")
}

package adminapi

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// An apiToken is a token of a person for this API, without its secret.
type apiToken struct {
	ID        string    `json:"id" doc:"Identifies the token among those of the person."`
	Name      string    `json:"name" doc:"The name that the person has chosen."`
	Scopes    []string  `json:"scopes" doc:"What the token allows, within the roles of the person."`
	CreatedAt time.Time `json:"created_at" doc:"When it was created."`
	ExpiresAt time.Time `json:"expires_at" doc:"When it expires."`
	UsedAt    time.Time `json:"used_at,omitzero" doc:"When the token was last used, to the hour; missing if it was never used."`
}

type apiTokens struct {
	Data []apiToken `json:"data" doc:"The tokens that are valid, newest first."`
}

// An ownedToken is a token of a person for this API, with the person.
type ownedToken struct {
	apiToken
	Person   string `json:"person" doc:"The ID of the person."`
	Username string `json:"username" doc:"The username of the person."`
}

// A newAPIToken is a token to be created.
type newAPIToken struct {
	Name   string   `json:"name" required:"yes" doc:"A name by which the person recognizes the token."`
	Scopes []string `json:"scopes" required:"yes" doc:"What the token allows. Each must be a scope of the token that is used for the request."`
	TTL    int64    `json:"ttl,omitempty" doc:"For how many seconds it is valid. Without it, it expires together with the token that is used for the request."`
}

// A createdAPIToken has the token, which is shown once.
type createdAPIToken struct {
	apiToken
	Token string `json:"token" doc:"The token. It cannot be read again."`
}

// apiTokens are the operations on tokens that people have made for this API. A token that was added
// here allows no more than the one that added it, does not expire later, and is revoked with it.
// Otherwise, a thief of one token could keep the access.
func (a *api) apiTokens() []operation {
	const tag, path = "people", "people/{id}/api-tokens"
	return []operation{
		listed[ownedToken](reads(tag, "api-tokens", account.TokensRead, "tokens of all people for this API, newest first", a.listOwnedTokens),
			parameter{name: "q", help: "A part of the name of the token or of the username."},
			ofPerson("person", "Only tokens of this person."),
			parameter{name: "scope", help: "Only tokens with this scope."}).ofAccounts(),
		reads(tag, path, account.TokensRead, "tokens of a person for this API", a.listAPITokens).ofAccounts(),
		changes(tag, http.MethodDelete, path+"/{token}", account.TokensRevoke, "users/{id}/api-tokens", "revokes a token of a person for this API", a.revokeAPIToken).ofAccounts().forOwn().
			says("Tokens that were added with this token are revoked, too. People can revoke their own tokens with the permission `tokens.personal`."),
		changes(tag, http.MethodPost, path, account.TokensPersonal, "api-tokens", "adds an API token of the person who sends the request", a.addAPIToken).created().ofAccounts().forOwn().
			says("The request must be sent with another API token of the same person. The new token allows no more than this one, does not expire later, and is revoked with it."),
	}
}

func (a *api) listAPITokens(c *call) (apiTokens, error) {
	found, err := a.Accounts.PersonalTokens(c.Context(), c.PathValue("id"))
	list := apiTokens{Data: []apiToken{}}
	for _, t := range found {
		list.Data = append(list.Data, showAPIToken(t))
	}
	return list, err
}

func showAPIToken(t account.PersonalToken) apiToken {
	return apiToken{t.ID, t.Name, append([]string{}, t.Scopes...), t.CreatedAt, t.ExpiresAt, t.UsedAt}
}

func (a *api) listOwnedTokens(c *call) (page[ownedToken], error) {
	f := account.OwnedTokenFilter{Search: c.get("q"), UserID: c.get("person"), Scope: c.get("scope")}
	return listOf(c, func(p paging.Page) ([]account.OwnedToken, paging.Cursor, error) {
		p.Descending = true
		return a.Accounts.OwnedTokens(c.Context(), f, p)
	}, func(t account.OwnedToken) ownedToken {
		return ownedToken{showAPIToken(t.PersonalToken), t.UserID, t.Username}
	})
}

// errNoParent is for a request without an API token of the person. An application for which a person
// gave consent could otherwise keep the access after the consent is withdrawn.
var errNoParent = &Problem{Type: "forbidden", Title: "Permission denied", Status: http.StatusForbidden, Detail: "People can add API tokens only for themselves, and only with an API token of theirs. Add the first one in the back office, under API tokens."}

func (a *api) addAPIToken(c *call, n newAPIToken) (createdAPIToken, error) {
	if c.caller.application || c.PathValue("id") != c.caller.id {
		return createdAPIToken{}, errNoParent
	}
	if err := c.checkScopes(n.Scopes); err != nil {
		return createdAPIToken{}, err
	}
	if n.TTL < 0 || n.TTL > int64(account.MaxPersonalTokenTTL/time.Second) {
		return createdAPIToken{}, fault("ttl", "The token can be valid for at most 366 days (31622400 seconds).")
	}
	text := oauth.NewToken(oauth.KindPersonal, a.Clock()).String()
	t, err := a.Accounts.AddPersonalTokenWith(c.Context(), c.caller.id, c.token.ID, text, n.Name, n.Scopes, time.Duration(n.TTL)*time.Second)
	if errors.Is(err, account.ErrNotFound) {
		err = errNoParent
	}
	if err != nil {
		return createdAPIToken{}, err
	}
	c.target, c.details.Person = t.ID, c.caller.id
	c.details.Changes = []oauth.Change{{Field: "api_token", After: t.Name}, {Field: "scope", After: oauth.Scopes(n.Scopes).String()}, {Field: "expires_at", After: t.ExpiresAt.UTC().Format(time.RFC3339)}}
	return createdAPIToken{showAPIToken(t), text}, nil
}

// checkScopes returns a problem unless the token of the request has all of the scopes, which must be
// scopes of this API.
func (c *call) checkScopes(scopes []string) error {
	if len(scopes) == 0 {
		return fault("scopes", "Name at least one scope.")
	}
	for i, scope := range scopes {
		known := slices.ContainsFunc(oauth.AdminScopeInfos(), func(info oauth.ScopeInfo) bool { return info.Name == scope })
		switch {
		case !known:
			return fault("scopes", fmt.Sprintf("This API has no scope %.100q.", scope))
		case slices.Contains(scopes[:i], scope):
			return fault("scopes", fmt.Sprintf("The scope %s is repeated.", scope))
		case !c.token.Has(scope) && !c.token.Has(oauth.ScopeAdmin):
			return fault("scopes", fmt.Sprintf("The token that you use does not have the scope %s.", scope))
		}
	}
	return nil
}

func (a *api) revokeAPIToken(c *call, _ none) (none, error) {
	id, token := c.PathValue("id"), c.PathValue("token")
	if id != c.caller.id {
		if err := c.protect(id); err != nil {
			return none{}, err
		}
	}
	c.details.Changes = audit.RevokedTokens(token)
	revoked, err := a.Accounts.RevokePersonalToken(c.Context(), id, token)
	if err == nil {
		c.details.Changes = audit.RevokedTokens(revoked...)
	}
	return none{}, err
}

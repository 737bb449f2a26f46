package adminapi

import (
	"net/http"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// An apiToken is a token of a person for this API, without its secret.
type apiToken struct {
	ID        string    `json:"id" doc:"Identifies the token among those of the person."`
	Name      string    `json:"name" doc:"The name that the person has chosen."`
	Scopes    []string  `json:"scopes" doc:"What the token allows, as far as the roles of the person do."`
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

// apiTokens are the operations on tokens that people have made for this API. None adds a token:
// a stolen token could then create one that is valid for longer.
func (a *api) apiTokens() []operation {
	const tag, path = "people", "people/{id}/api-tokens"
	return []operation{
		listed[ownedToken](reads(tag, "api-tokens", account.TokensRead, "tokens of all people for this API, newest first", a.listOwnedTokens),
			parameter{name: "q", help: "A part of the name of the token or of the username."},
			ofPerson("person", "Only tokens of this person."),
			parameter{name: "scope", help: "Only tokens with this scope."}).ofAccounts(),
		reads(tag, path, account.TokensRead, "tokens of a person for this API", a.listAPITokens).ofAccounts(),
		changes(tag, http.MethodDelete, path+"/{token}", account.TokensRevoke, "users/{id}/api-tokens", "revokes a token of a person for this API", a.revokeAPIToken).ofAccounts().forOwn().
			says("People can revoke their own tokens with the permission `tokens.personal`."),
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

func (a *api) revokeAPIToken(c *call, _ none) (none, error) {
	id, token := c.PathValue("id"), c.PathValue("token")
	if id != c.caller.id {
		if err := c.protect(id); err != nil {
			return none{}, err
		}
	}
	c.details.Changes = []oauth.Change{{Field: "api_token", Before: token, After: "revoked"}}
	return none{}, a.Accounts.RevokePersonalToken(c.Context(), id, token)
}

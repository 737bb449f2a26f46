package adminapi

import (
	"net/http"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// An apiToken is a token of a person for this API, without its secret.
type apiToken struct {
	ID        string    `json:"id" doc:"Identifies the token among those of the person."`
	Name      string    `json:"name" doc:"The name that the person has chosen."`
	Scopes    []string  `json:"scopes" doc:"What the token allows, as far as the roles of the person do."`
	CreatedAt time.Time `json:"created_at" doc:"When it was created."`
	ExpiresAt time.Time `json:"expires_at" doc:"When it expires."`
}

type apiTokens struct {
	Data []apiToken `json:"data" doc:"The tokens that are valid, newest first."`
}

// apiTokens are the operations on tokens that people have made for this API. None adds a token:
// a stolen token could then create one that is valid for longer.
func (a *api) apiTokens() []operation {
	const tag, path = "people", "people/{id}/api-tokens"
	return []operation{
		reads(tag, path, account.TokensRead, "tokens of a person for this API", a.listAPITokens).ofAccounts(),
		changes(tag, http.MethodDelete, path+"/{token}", account.TokensRevoke, "users/{id}/api-tokens", "revokes a token of a person for this API", a.revokeAPIToken).ofAccounts().forOwn().
			says("People can revoke their own tokens with the permission `tokens.personal`."),
	}
}

func (a *api) listAPITokens(c *call) (apiTokens, error) {
	found, err := a.Accounts.PersonalTokens(c.Context(), c.PathValue("id"))
	list := apiTokens{Data: []apiToken{}}
	for _, t := range found {
		list.Data = append(list.Data, apiToken{t.ID, t.Name, append([]string{}, t.Scopes...), t.CreatedAt, t.ExpiresAt})
	}
	return list, err
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

package adminapi

import (
	"net/http"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// An initialToken lets applications register themselves (RFC 7591), without its secret.
type initialToken struct {
	ID        string    `json:"id" doc:"Identifies the token."`
	Name      string    `json:"name" doc:"The person or the program that has the token."`
	Uses      int       `json:"uses" doc:"How many applications can register with it."`
	Used      int       `json:"used" doc:"How many applications have registered with it."`
	CreatedAt time.Time `json:"created_at" doc:"When it was created."`
	ExpiresAt time.Time `json:"expires_at" doc:"When it expires."`
}

type initialTokens struct {
	Data []initialToken `json:"data" doc:"The newest tokens, newest first."`
}

// A newInitialToken is a token to be created.
type newInitialToken struct {
	Name string `json:"name" required:"yes" doc:"The person or the program that gets the token."`
	Uses int    `json:"uses,omitempty" doc:"How many applications can register with it (default 1)."`
	TTL  int64  `json:"ttl,omitempty" doc:"For how many seconds it is valid, at most a year (default a day)."`
}

// A createdInitialToken has the token, which is shown once.
type createdInitialToken struct {
	initialToken
	Token string `json:"token" doc:"The token. It cannot be read again."`
}

func (a *api) registration() []operation {
	const tag, path = "registration", "initial-access-tokens"
	return []operation{
		reads(tag, path, account.RegistrationRead, "tokens with which applications register themselves", a.listInitialTokens),
		changes(tag, http.MethodPost, path, account.RegistrationWrite, "registration", "adds a token with which applications register themselves", a.addInitialToken).created(),
		changes(tag, http.MethodDelete, path+"/{id}", account.RegistrationWrite, "registration", "revokes such a token", a.revokeInitialToken),
	}
}

func showInitialToken(t *oauth.InitialAccessToken) initialToken {
	return initialToken{t.ID.String(), t.Name, t.Uses, t.Used, t.CreatedAt, t.ExpiresAt}
}

func (a *api) listInitialTokens(c *call) (initialTokens, error) {
	stored, err := a.Store.InitialAccessTokens(c.Context())
	list := initialTokens{Data: []initialToken{}}
	for i := range stored {
		list.Data = append(list.Data, showInitialToken(&stored[i]))
	}
	return list, err
}

func (a *api) addInitialToken(c *call, n newInitialToken) (createdInitialToken, error) {
	const most = 366 * 24 * 60 * 60
	if n.TTL < 0 || n.TTL > most {
		return createdInitialToken{}, fault("ttl", "The token can be valid for at most a year, in seconds.")
	}
	if n.Uses == 0 {
		n.Uses = 1
	}
	if n.TTL == 0 {
		n.TTL = 24 * 60 * 60
	}
	text, token, err := provider.NewInitialAccessToken(n.Name, n.Uses, time.Duration(n.TTL)*time.Second, a.Clock())
	if err != nil {
		return createdInitialToken{}, err
	}
	if err := a.Store.AddInitialAccessToken(c.Context(), token); err != nil {
		return createdInitialToken{}, err
	}
	c.target = token.ID.String()
	return createdInitialToken{showInitialToken(&token), text}, nil
}

func (a *api) revokeInitialToken(c *call, _ none) (none, error) {
	id, err := oauth.ParseID(c.PathValue("id"))
	if err != nil {
		return none{}, notFound("There is no token with this ID.")
	}
	c.details.Changes = []oauth.Change{{Field: "initial_access_token", After: "revoked"}}
	return none{}, a.Store.RevokeInitialAccessToken(c.Context(), id)
}

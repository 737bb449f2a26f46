package adminapi

import (
	"cmp"
	"errors"
	"net/http"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/acts"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// A tokenQuestion asks whose token was found.
type tokenQuestion struct {
	Token string `json:"token" required:"yes" doc:"A token or a secret of this server, the ID of a token, or the jti of a JWT access token. It is not stored."`
}

// A foundToken describes a token, without the token itself.
type foundToken struct {
	Kind      string    `json:"kind" enum:"access,jwt,refresh,used_refresh,family,api_token,client_secret,initial_access_token,invitation" doc:"What was found: an access token, a JWT access token, a refresh token, one that was exchanged, a permission, an API token of a person, a client secret, an initial access token, or the code of an invitation."`
	State     string    `json:"state" enum:"valid,expired,revoked,disabled,not_revoked,used_up,used,withdrawn" doc:"Whether it can be used. With not_revoked, a JWT access token was found by its jti: it was not revoked, but may have expired, because its lifetime is not stored. With disabled, the application or the person is disabled. With used_up, an initial access token was used as often as it can be. With used or withdrawn, an invitation is no longer open."`
	ID        string    `json:"id" doc:"The ID of the token, the secret, the permission or the invitation."`
	FamilyID  string    `json:"permission,omitempty" doc:"The ID of the permission for which it was issued."`
	ClientID  string    `json:"client_id,omitempty" doc:"The application; missing for an API token, an initial access token and an invitation."`
	Person    string    `json:"person,omitempty" doc:"The ID of the person; missing if it belongs to none."`
	Username  string    `json:"username,omitempty" doc:"The username of the person."`
	Scope     string    `json:"scope" doc:"The scopes; empty if they are not known."`
	IssuedAt  time.Time `json:"issued_at" doc:"When it was issued."`
	ExpiresAt time.Time `json:"expires_at,omitzero" doc:"When it expires, or with not_revoked, when it expires at the latest; missing means never."`
}

// An unfinishedRequest is a pushed request, a device code or an authorization code that has not
// expired, without the code itself.
type unfinishedRequest struct {
	ID        string    `json:"id" doc:"Identifies the request."`
	ClientID  string    `json:"client_id,omitempty" doc:"The application."`
	Name      string    `json:"client_name,omitempty" doc:"The name of the application."`
	Person    string    `json:"person,omitempty" doc:"The ID of the person; missing before a person has decided."`
	Username  string    `json:"username,omitempty" doc:"The username of the person."`
	Scope     string    `json:"scope" doc:"The scopes."`
	State     string    `json:"state" enum:"waiting,approved,denied,used" doc:"What has happened to it."`
	IssuedAt  time.Time `json:"issued_at" doc:"When it was issued."`
	ExpiresAt time.Time `json:"expires_at" doc:"When it expires."`
}

// requestKinds are the kinds of unfinished requests, in lists and paths.
var requestKinds = []string{"pushed", "device", "code"}

// tokenSearch are the operations that find a token, and requests that have not become tokens.
func (a *api) tokenSearch(filters []parameter) []operation {
	return []operation{
		changes("tokens", http.MethodPost, "find-token", account.TokensRead, "tokens/find", "finds the person and the application of a token", a.findToken).finding().
			says("It can be an access token, a refresh token, the ID of one, the jti of a JWT access token, an API token, a generated client secret, an initial access token, or an invitation code. The search is recorded."),
		listed[unfinishedRequest](reads("tokens", "unfinished-requests", account.TokensRead, "list of pushed requests, device codes or authorization codes that have not expired, newest first", a.listUnfinished),
			append([]parameter{{name: "kind", values: requestKinds, help: "Pushed requests (default), device codes or authorization codes."}}, filters...)...),
		changes("tokens", http.MethodDelete, "unfinished-requests/{kind}/{id}", account.TokensRevoke, "requests", "cancels a pushed request, a device code or an authorization code", a.cancelRequest).
			says("The kind is pushed, device or code. A device gets the error access_denied. The application and the person can be disabled. A request that was refused or has expired is not changed. If it was used, the response is 409, because tokens can have been issued for it."),
	}
}

func (a *api) findToken(c *call, q tokenQuestion) (foundToken, error) {
	finder := acts.Finder{Tokens: a.Tokens, Accounts: a.Accounts, Store: a.Store, Clock: a.Clock}
	f, err := finder.Find(c.Context(), q.Token)
	switch {
	case errors.Is(err, acts.ErrNotSearched):
		return foundToken{}, notFound("This request does not find tokens of this kind, so the token may still be valid. It finds access tokens, refresh tokens, the IDs of both, the jti of JWT access tokens, API tokens, generated client secrets, initial access tokens and invitation codes.")
	case errors.Is(err, oauth.ErrNotFound):
		return foundToken{}, notFound("This server has not issued the token, or it is no longer valid: it has expired, was revoked or was deleted.")
	case err != nil:
		return foundToken{}, err
	}
	c.target = f.ID
	shown := foundToken{Kind: f.Kind, State: f.State, ID: f.ID, ClientID: f.ClientID, Person: f.Subject, Username: f.Username, Scope: f.Scope, IssuedAt: f.IssuedAt, ExpiresAt: f.ExpiresAt}
	if !f.FamilyID.IsZero() {
		shown.FamilyID = f.FamilyID.String()
	}
	return shown, nil
}

func (a *api) listUnfinished(c *call) (page[unfinishedRequest], error) {
	f, err := c.filter()
	if err != nil {
		return page[unfinishedRequest]{}, err
	}
	kind := provider.ListedTickets()[cmp.Or(c.get("kind"), "pushed")]
	return listOf(c, func(p paging.Page) ([]oauth.TicketRow, paging.Cursor, error) {
		return a.Store.Tickets(c.Context(), kind, f, p)
	}, func(t oauth.TicketRow) unfinishedRequest {
		return unfinishedRequest{t.ID.String(), t.ClientID, t.ClientName, t.Subject, t.Username, t.Scope.String(), provider.TicketState(t.Ticket), t.IssuedAt, t.ExpiresAt}
	})
}

// cancelRequest succeeds if the request was refused or has expired. If it was used, it was too late to cancel it.
func (a *api) cancelRequest(c *call, _ none) (none, error) {
	const unknown = "There is no such request with this ID."
	id, err := oauth.ParseID(c.PathValue("id"))
	if err != nil {
		return none{}, notFound(unknown)
	}
	request, err := a.Tokens.CancelRequest(c.Context(), c.PathValue("kind"), id, func(person string) error { return c.protect(person) })
	switch {
	case errors.Is(err, oauth.ErrNotFound):
		return none{}, notFound(unknown)
	case err != nil:
		return none{}, err
	case !request.Cancelled && provider.TicketState(request.Before) == "used":
		return none{}, conflict("The request was used before, so tokens can have been issued for it. Revoke the tokens of the application or the person.")
	case request.Cancelled:
		a.Flows.Add(request.Flow)
		c.report(id.String(), oauth.EventDetails{Person: request.Before.Subject, ClientID: request.Before.ClientID, Changes: []oauth.Change{{Field: "request", Before: c.PathValue("kind"), After: "cancelled"}}})
	}
	return none{}, nil
}

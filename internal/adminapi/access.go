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
)

// A session is a login session, without its secret.
type session struct {
	ID        string    `json:"id" doc:"Identifies the session."`
	Person    string    `json:"person" doc:"The ID of the person."`
	Username  string    `json:"username,omitempty" doc:"The username of the person."`
	Methods   []string  `json:"methods" doc:"How the person logged in."`
	Address   string    `json:"address,omitempty" doc:"The network address at the login."`
	UserAgent string    `json:"user_agent,omitempty" doc:"The browser, as it describes itself."`
	AuthTime  time.Time `json:"auth_time" doc:"When the person logged in."`
	SeenAt    time.Time `json:"seen_at" doc:"When the session was last used, to within five minutes."`
	ExpiresAt time.Time `json:"expires_at" doc:"When the session expires, even if it is used."`
	State     string    `json:"state" enum:"active,ended" doc:"Whether it can be used."`
}

// A consent is what a person has allowed an application to do.
type consent struct {
	Person     string    `json:"person" doc:"The ID of the person."`
	Username   string    `json:"username,omitempty" doc:"The username of the person."`
	ClientID   string    `json:"client_id" doc:"The application."`
	ClientName string    `json:"client_name,omitempty" doc:"The name of the application."`
	Scope      string    `json:"scope" doc:"The scopes that are remembered, so that the person is not asked again. A scope of a resource is the URI of the resource, # and the scope."`
	GrantedAt  time.Time `json:"granted_at" doc:"When the person first gave permission."`
	UpdatedAt  time.Time `json:"updated_at" doc:"When the person last gave permission."`
	EndsAt     time.Time `json:"ends_at,omitzero" doc:"When the last permission expires, if the person limited its time."`
	Active     bool      `json:"active" doc:"The application has access at present."`
	Access     string    `json:"access_scope,omitempty" doc:"The scopes that the application has at present. Those for a limited time are not in scope."`
	Until      time.Time `json:"access_until,omitzero" doc:"When this access expires."`
}

// A token is a token family, or an access token, without the token itself.
type token struct {
	ID         string    `json:"id" doc:"The ID of the permission, or the jti of the access token."`
	Person     string    `json:"person,omitempty" doc:"The ID of the person; missing if the application acts for itself."`
	Username   string    `json:"username,omitempty" doc:"The username of the person."`
	ClientID   string    `json:"client_id" doc:"The application."`
	ClientName string    `json:"client_name,omitempty" doc:"The name of the application."`
	Scope      string    `json:"scope" doc:"The scopes."`
	Audience   []string  `json:"audience,omitempty" doc:"The APIs for which it is valid."`
	IssuedAt   time.Time `json:"issued_at" doc:"When it was issued."`
	ExpiresAt  time.Time `json:"expires_at" doc:"When it expires."`
	RotatedAt  time.Time `json:"refreshed_at,omitzero" doc:"When a refresh token was last used."`
	State      string    `json:"state" enum:"valid,expired,revoked,disabled" doc:"Whether it can be used. With disabled, the application or the person is disabled."`
}

func (a *api) access() []operation {
	of := append([]parameter{
		ofApplication("Only those of this application."),
		ofPerson("person", "Only those of this person."),
	}, period...)
	agents := parameter{name: "agents", values: []string{"true"}, help: "Only those of applications that are agents."}
	tokens := append([]parameter{
		agents,
		{name: "offline", values: []string{"true"}, help: "Only those with the scope offline_access."},
		{name: "state", values: tokenStates(), help: "Those that are valid (default), or that are in another state and have not been deleted yet. With expired, the oldest are first."},
	}, of...)
	return append([]operation{
		listed[session](reads("sessions", "sessions", account.TokensRead, "list of login sessions, newest first", a.listSessions), append([]parameter{
			ofPerson("person", "Only those of this person."),
			{name: "q", help: "A part of the username or the address."},
			{name: "state", values: []string{sessionActive, sessionEnded}, help: "Those that can be used (default), or those that cannot and have not been deleted yet: they have expired, or their person is disabled. A session that was ended is deleted at once."},
		}, period...)...).ofAccounts(),
		changes("sessions", http.MethodDelete, "sessions/{id}", account.TokensRevoke, "sessions", "ends a login session, and notifies the applications", a.endSession).ofAccounts(),
		listed[consent](reads("consents", "consents", account.TokensRead, "list of consents, the most recently changed first", a.listConsents), append([]parameter{
			agents,
			{name: "access", values: []string{acts.AccessActive, acts.AccessEnded}, help: "Only those whose application has access at present, or has none."},
		}, of...)...),
		changes("consents", http.MethodDelete, "consents/{client}/{person}", account.TokensRevoke, "consents", "withdraws a consent, and revokes the tokens that were issued for it", a.withdrawConsent),
		listed[token](reads("tokens", "tokens", account.TokensRead, "list of permissions with refresh tokens, newest first", a.listFamilies), tokens...),
		changes("tokens", http.MethodDelete, "tokens/{id}", account.TokensRevoke, "tokens", "revokes the tokens of a permission", a.revokeFamily),
		listed[token](reads("tokens", "access-tokens", account.TokensRead, "list of opaque access tokens, newest first", a.listAccessTokens), tokens...),
		changes("tokens", http.MethodDelete, "access-tokens/{id}", account.TokensRevoke, "tokens", "revokes an opaque access token, and the permission for which it was issued", a.revokeAccessToken),
	}, a.tokenSearch(of)...)
}

// tokenStates returns the values of the parameter for the state of tokens.
func tokenStates() (names []string) {
	for _, state := range oauth.TokenStates() {
		names = append(names, string(state))
	}
	return names
}

// The states of a session.
const sessionActive, sessionEnded = "active", "ended"

func (a *api) listSessions(c *call) (page[session], error) {
	state := cmp.Or(c.get("state"), sessionActive)
	f := account.SessionFilter{UserID: c.get("person"), Search: c.get("q"), Ended: state == sessionEnded}
	var err error
	if f.From, f.Until, err = c.days(); err != nil {
		return page[session]{}, err
	}
	return listOf(c, func(p paging.Page) ([]account.SessionRow, paging.Cursor, error) {
		return a.Store.Sessions(c.Context(), f, p)
	}, func(s account.SessionRow) session {
		methods := s.Methods
		if methods == nil {
			methods = []string{}
		}
		return session{s.ID, s.UserID, s.Username, methods, s.Address, s.UserAgent, s.AuthTime, s.SeenAt, s.ExpiresAt, state}
	})
}

func (a *api) endSession(c *call, _ none) (none, error) {
	s, _, err := a.Store.Session(c.Context(), c.PathValue("id"))
	if err != nil {
		return none{}, err
	}
	if err := c.protect(s.UserID); err != nil {
		return none{}, err
	}
	if err := a.Logins.EndSessions(c.Context(), s.ID); err != nil {
		return none{}, err
	}
	c.report("", oauth.EventDetails{Person: s.UserID, Changes: []oauth.Change{{Field: "session", Before: s.ID}}})
	return none{}, nil
}

// filter returns the filter of a list of tokens or consents.
func (c *call) filter() (f oauth.FamilyFilter, err error) {
	f = oauth.FamilyFilter{ClientID: c.get("client_id"), Subject: c.get("person"), InSession: c.api.OwnLogin, Agents: c.get("agents") != "", Offline: c.get("offline") != "", State: oauth.TokenState(cmp.Or(c.get("state"), string(oauth.TokenValid)))}
	f.From, f.Until, err = c.days()
	return f, err
}

func (a *api) listConsents(c *call) (page[consent], error) {
	f, err := c.filter()
	if err != nil {
		return page[consent]{}, err
	}
	consents := acts.Consents{Store: a.Store, InSession: a.OwnLogin}
	return listOf(c, func(p paging.Page) ([]acts.Consent, paging.Cursor, error) {
		return consents.Page(c.Context(), f, c.get("access"), p)
	}, func(r acts.Consent) consent {
		return consent{
			r.Subject, r.Username, r.ClientID, r.ClientName, r.Scope.String(), r.GrantedAt, r.UpdatedAt, r.EndsAt,
			r.Access.Active(), r.Access.Scope.String(), r.Access.Until,
		}
	})
}

// withdrawConsent succeeds if the person has given no consent: tokens that were issued without
// one are revoked, too.
func (a *api) withdrawConsent(c *call, _ none) (none, error) {
	subject, clientID := c.PathValue("person"), c.PathValue("client")
	if max(len(subject), len(clientID)) > oauth.MaxClientID {
		return none{}, notFound("No person and no application has this ID.")
	}
	if err := c.protect(subject); err != nil {
		return none{}, err
	}
	if err := a.Store.WithdrawConsent(c.Context(), subject, clientID, a.Clock()); err != nil {
		return none{}, err
	}
	c.report("", oauth.EventDetails{Person: subject, ClientID: clientID, Changes: []oauth.Change{{Field: "consent", Before: clientID}}})
	return none{}, nil
}

// orderOf returns a page of tokens with its order. Most of the tokens that have expired are old, so the first page
// of the others need not be searched.
func orderOf(f oauth.FamilyFilter, p paging.Page) paging.Page {
	if f.State == oauth.TokenExpired {
		p.Sort = "time"
	}
	return p
}

func (a *api) listFamilies(c *call) (page[token], error) {
	f, err := c.filter()
	if err != nil {
		return page[token]{}, err
	}
	return listOf(c, func(p paging.Page) ([]oauth.FamilyRow, paging.Cursor, error) {
		return a.Store.Families(c.Context(), f, orderOf(f, p))
	}, func(r oauth.FamilyRow) token {
		expires := r.ExpiresAt
		if r.IdleExpiresAt.Before(expires) {
			expires = r.IdleExpiresAt
		}
		return token{r.ID.String(), r.Subject, r.Username, r.ClientID, r.ClientName, r.Scope.String(), r.Details.Resources, r.IssuedAt, expires, r.RotatedAt, string(f.State)}
	})
}

func (a *api) listAccessTokens(c *call) (page[token], error) {
	f, err := c.filter()
	if err != nil {
		return page[token]{}, err
	}
	return listOf(c, func(p paging.Page) ([]oauth.AccessTokenRow, paging.Cursor, error) {
		return a.Store.AccessTokens(c.Context(), f, orderOf(f, p))
	}, func(r oauth.AccessTokenRow) token {
		return token{r.ID.String(), r.Subject, r.Username, r.ClientID, r.ClientName, r.Scope.String(), r.Audience, r.IssuedAt, r.ExpiresAt, time.Time{}, string(f.State)}
	})
}

func (a *api) revokeFamily(c *call, _ none) (none, error) { return none{}, a.revoke(c, false) }

func (a *api) revokeAccessToken(c *call, _ none) (none, error) { return none{}, a.revoke(c, true) }

func (a *api) revoke(c *call, access bool) error {
	id, err := oauth.ParseID(c.PathValue("id"))
	if err != nil {
		return notFound("There is no token with this ID.")
	}
	found, err := a.Tokens.FindTokenByID(c.Context(), id)
	switch {
	case errors.Is(err, oauth.ErrNotFound):
		return notFound("There is no token with this ID.")
	case err != nil:
		return err
	}
	if err := c.protect(found.Subject); err != nil {
		return err
	}
	if access {
		err = a.Tokens.RevokeTokens(c.Context(), []oauth.ID{id}, nil)
	} else {
		err = a.Tokens.RevokeTokens(c.Context(), nil, []oauth.ID{id})
	}
	if err != nil {
		return err
	}
	c.report("", oauth.EventDetails{Person: found.Subject, ClientID: found.ClientID, Changes: []oauth.Change{{Field: "token", Before: id.String()}}})
	return nil
}

package acts

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// The kinds of a Found, besides those of provider.FoundToken.
const (
	FoundAPIToken     = "api_token"
	FoundClientSecret = "client_secret"
	FoundInitial      = "initial_access_token"
	FoundInvitation   = "invitation"
)

// FoundUsedUp is the state of an initial access token that has registered as many applications as
// it can. The other states are those of provider.FoundToken and account.Invitation.
const FoundUsedUp = "used_up"

// A Found describes a token or a secret that was found outside of the server.
type Found struct {
	Kind, State, ID   string
	FamilyID          oauth.ID // zero if it belongs to no family
	ClientID          string   // the application, or empty
	Subject, Username string   // the person, or empty
	Scope             string
	IssuedAt          time.Time
	ExpiresAt         time.Time // zero if it does not expire
}

// ErrNotSearched is returned for a text that is not a token or a secret of a kind that a Finder
// finds. It can be a valid one of another kind, such as an authorization code.
var ErrNotSearched = errors.New("this is not a token or a secret of a kind that can be found")

// A Finder finds the person and the application of a token or a secret. All fields are required.
type Finder struct {
	Tokens interface {
		FindToken(ctx context.Context, text string) (provider.FoundToken, error)
		FindTokenByID(ctx context.Context, id oauth.ID) (provider.FoundToken, error)
		FindTokenByJTI(ctx context.Context, jti provider.JWTID) (provider.FoundToken, error)
	}
	Accounts *account.Accounts
	Store    interface {
		Clients(ctx context.Context, f oauth.ClientFilter, p paging.Page) ([]*oauth.Client, paging.Cursor, error)
		FindClients(ctx context.Context, text string, limit int) ([]*oauth.Client, error)
		InitialAccessTokens(ctx context.Context) ([]oauth.InitialAccessToken, error)
	}
	Clock func() time.Time
}

// Find finds an access token, a refresh token, an API token, a generated client secret, an initial
// access token, the code of an invitation, the ID of a token, or the jti of a JWT access token. The
// text is not stored.
// oauth.ErrNotFound: this server has not issued it, or it has expired, or it was deleted.
// ErrNotSearched: the text is something else.
func (f *Finder) Find(ctx context.Context, text string) (Found, error) {
	text = strings.TrimSpace(text)
	if id, err := oauth.ParseID(text); err == nil {
		return ofToken(f.Tokens.FindTokenByID(ctx, id))
	}
	if jti, ok := provider.ParseJWTID(text); ok {
		return f.jwt(ctx, jti)
	}
	for prefix, find := range map[string]func(*Finder, context.Context, string) (Found, error){
		prefixOf(oauth.KindPersonal): (*Finder).apiToken, prefixOf(oauth.KindClientSecret): (*Finder).clientSecret,
		prefixOf(oauth.KindInitialAccess): (*Finder).initialToken, account.InvitationPrefix: (*Finder).invitation,
	} {
		if strings.HasPrefix(text, prefix) {
			found, err := find(f, ctx, text)
			if errors.Is(err, account.ErrNotFound) || errors.Is(err, account.ErrInvalidLink) {
				err = oauth.ErrNotFound
			}
			return found, err
		}
	}
	found, err := ofToken(f.Tokens.FindToken(ctx, text))
	if errors.Is(err, oauth.ErrNotFound) && !isToken(text) {
		err = ErrNotSearched
	}
	return found, err
}

func prefixOf(k oauth.Kind) string { return "lk_" + string(k) + "_" }

// isToken reports whether a text looks like an access token, a refresh token or a JWT.
func isToken(text string) bool {
	return strings.HasPrefix(text, prefixOf(oauth.KindAccess)) || strings.HasPrefix(text, prefixOf(oauth.KindRefresh)) ||
		strings.HasPrefix(text, "eyJ") && strings.Count(text, ".") == 2
}

func ofToken(t provider.FoundToken, err error) (Found, error) {
	return Found{
		Kind: t.Kind, State: t.State, ID: t.ID.String(), FamilyID: t.FamilyID, ClientID: t.ClientID, Subject: t.Subject, Username: t.Username,
		Scope: t.Scope.String(), IssuedAt: t.IssuedAt, ExpiresAt: t.ExpiresAt,
	}, err
}

// jwt finds a JWT access token by its jti, which can have only the beginning of the client_id of an
// application that registered itself.
func (f *Finder) jwt(ctx context.Context, jti provider.JWTID) (Found, error) {
	if _, registered := oauth.RegistrationID(jti.Client); registered {
		start := oauth.RegistrationStart(jti.Client)
		clients, err := f.Store.FindClients(ctx, start, 5) // some can differ only in case
		i := slices.IndexFunc(clients, func(c *oauth.Client) bool { return strings.HasPrefix(c.ID, start) })
		if err == nil && i < 0 {
			err = oauth.ErrNotFound
		}
		if err != nil {
			return Found{}, err
		}
		jti.Client = clients[i].ID
	}
	return ofToken(f.Tokens.FindTokenByJTI(ctx, jti))
}

// stateOf returns unusable as the state of a secret. If that is empty, the state depends on whether
// the secret has expired.
func (f *Finder) stateOf(unusable string, expires time.Time) string {
	switch {
	case unusable != "":
		return unusable
	case !expires.IsZero() && !expires.After(f.Clock()):
		return provider.FoundExpired
	}
	return provider.FoundValid
}

func (f *Finder) apiToken(ctx context.Context, text string) (Found, error) {
	t, u, err := f.Accounts.PersonalToken(ctx, text)
	if err != nil {
		return Found{}, err
	}
	return Found{
		Kind: FoundAPIToken, State: provider.FoundValid, ID: t.ID, Subject: u.ID, Username: u.Username,
		Scope: strings.Join(t.Scopes, " "), IssuedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt,
	}, nil
}

// clientSecret reads all applications, because the hashes of secrets are part of them.
func (f *Finder) clientSecret(ctx context.Context, text string) (Found, error) {
	token, ok := oauth.ParseToken(text, oauth.KindClientSecret)
	if !ok {
		return Found{}, oauth.ErrNotFound
	}
	id, hash := token.ID.String(), oauth.HashClientSecret(text)
	for p := (paging.Page{Limit: 500}); ; {
		clients, cursor, err := f.Store.Clients(ctx, oauth.ClientFilter{}, p)
		if err != nil {
			return Found{}, err
		}
		for _, c := range clients {
			for _, s := range c.Secrets {
				if s.ID != id || !bytes.Equal(s.Hash, hash) {
					continue
				}
				unusable := ""
				if c.Disabled {
					unusable = provider.FoundDisabled
				}
				return Found{Kind: FoundClientSecret, State: f.stateOf(unusable, s.ExpiresAt), ID: id, ClientID: c.ID, IssuedAt: s.CreatedAt, ExpiresAt: s.ExpiresAt}, nil
			}
		}
		if p.After = cursor.Next; p.After == "" {
			return Found{}, oauth.ErrNotFound
		}
	}
}

func (f *Finder) initialToken(ctx context.Context, text string) (Found, error) {
	token, ok := oauth.ParseToken(text, oauth.KindInitialAccess)
	if !ok {
		return Found{}, oauth.ErrNotFound
	}
	all, err := f.Store.InitialAccessTokens(ctx)
	if err != nil {
		return Found{}, err
	}
	at := slices.IndexFunc(all, func(t oauth.InitialAccessToken) bool { return t.ID == token.ID && t.Hash.Equal(token.Hash()) })
	if at < 0 {
		return Found{}, oauth.ErrNotFound
	}
	t, unusable := all[at], ""
	if t.Used >= t.Uses {
		unusable = FoundUsedUp
	}
	return Found{Kind: FoundInitial, State: f.stateOf(unusable, t.ExpiresAt), ID: t.ID.String(), IssuedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt}, nil
}

func (f *Finder) invitation(ctx context.Context, text string) (Found, error) {
	i, err := f.Accounts.CheckInvitation(ctx, text)
	unusable := ""
	if closed, ok := errors.AsType[*account.InvitationError](err); ok {
		unusable = string(closed.State)
	} else if err != nil {
		return Found{}, err
	}
	return Found{Kind: FoundInvitation, State: f.stateOf(unusable, i.ExpiresAt), ID: i.ID, IssuedAt: i.CreatedAt, ExpiresAt: i.ExpiresAt}, nil
}

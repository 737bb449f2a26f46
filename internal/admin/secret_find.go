package admin

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// showSecret shows whose secret was pasted: an API token, a client secret, an initial access token
// or the code of an invitation. It reports whether the text begins like one of these.
func (r *request) showSecret(text string) (bool, error) {
	for prefix, find := range map[oauth.Kind]func(*request, string) (foundPage, string, error){
		oauth.KindPersonal: (*request).findAPIToken, oauth.KindClientSecret: (*request).findClientSecret,
		oauth.KindInitialAccess: (*request).findInitialToken, "in": (*request).findInvitation,
	} {
		if !strings.HasPrefix(text, "lk_"+string(prefix)+"_") {
			continue
		}
		page, id, err := find(r, text)
		if errors.Is(err, account.ErrNotFound) || errors.Is(err, oauth.ErrNotFound) || errors.Is(err, account.ErrInvalidLink) {
			return true, r.showFound(provider.FoundToken{}, oauth.ErrNotFound)
		}
		if err != nil {
			return true, err
		}
		r.changed(id) // the search is recorded
		page.Found, page.Token = true, codeCell(id)
		r.render(http.StatusOK, "token_found", page.Kind, "tokens", page)
		return true, nil
	}
	return false, nil
}

// secretState sets the state of a secret to unusable. If that is nil, the state shows whether the
// secret has expired. The zero time means that it does not expire.
func (p *foundPage) secretState(unusable ui.Text, expires, now time.Time) {
	p.State, p.Expires = unusable, timeCell(expires)
	switch {
	case unusable != nil:
	case !expires.IsZero() && !expires.After(now):
		p.State = foundStates[provider.FoundExpired]
	default:
		p.State, p.Valid = foundStates[provider.FoundValid], true
	}
}

func (r *request) findAPIToken(text string) (page foundPage, id string, err error) {
	t, u, err := r.b.Accounts.PersonalToken(r.Context(), text)
	if err != nil {
		return page, "", err
	}
	page = foundPage{Kind: ui.Text{"admin.found.api_token"}, Person: r.b.personCell(u.ID, u.Username), Scope: strings.Join(t.Scopes, " "), Issued: timeCell(t.CreatedAt), Open: r.b.path("users", u.ID) + "#api-tokens"}
	if u.ID == r.me.ID {
		page.Open = r.b.path("api-tokens")
	}
	page.secretState(nil, t.ExpiresAt, r.b.Clock())
	return page, t.ID, nil
}

// findClientSecret reads all applications, because the hashes of secrets are part of them.
func (r *request) findClientSecret(text string) (page foundPage, id string, err error) {
	token, ok := oauth.ParseToken(text, oauth.KindClientSecret)
	if !ok {
		return page, "", oauth.ErrNotFound
	}
	id, hash := token.ID.String(), oauth.HashClientSecret(text)
	for p := (paging.Page{Limit: 500}); ; {
		clients, cursor, err := r.b.Store.Clients(r.Context(), oauth.ClientFilter{}, p)
		if err != nil {
			return page, "", err
		}
		for _, c := range clients {
			for _, s := range c.Secrets {
				if s.ID != id || !bytes.Equal(s.Hash, hash) {
					continue
				}
				page = foundPage{Kind: ui.Text{"admin.found.client_secret"}, App: r.b.clientCell(c.ID, c.Name), Issued: timeCell(s.CreatedAt), Open: r.b.path("applications", c.ID)}
				var unusable ui.Text
				if c.Disabled {
					unusable = foundStates[provider.FoundDisabled]
				}
				page.secretState(unusable, s.ExpiresAt, r.b.Clock())
				return page, id, nil
			}
		}
		if p.After = cursor.Next; p.After == "" {
			return page, "", oauth.ErrNotFound
		}
	}
}

func (r *request) findInitialToken(text string) (page foundPage, id string, err error) {
	token, ok := oauth.ParseToken(text, oauth.KindInitialAccess)
	if !ok {
		return page, "", oauth.ErrNotFound
	}
	all, err := r.b.Store.InitialAccessTokens(r.Context())
	if err != nil {
		return page, "", err
	}
	at := slices.IndexFunc(all, func(t oauth.InitialAccessToken) bool { return t.ID == token.ID && t.Hash.Equal(token.Hash()) })
	if at < 0 {
		return page, "", oauth.ErrNotFound
	}
	t := all[at]
	var unusable ui.Text
	if t.Used >= t.Uses {
		unusable = ui.Text{"admin.registration.used_up"}
	}
	page = foundPage{Kind: ui.Text{"admin.registration.initial_access_token"}, Issued: timeCell(t.CreatedAt), Open: r.b.path("registration")}
	page.secretState(unusable, t.ExpiresAt, r.b.Clock())
	return page, t.ID.String(), nil
}

func (r *request) findInvitation(text string) (page foundPage, id string, err error) {
	i, err := r.b.Accounts.CheckInvitation(r.Context(), text)
	var unusable ui.Text
	if closed, ok := errors.AsType[*account.InvitationError](err); ok {
		unusable = invitationText(closed.State)
	} else if err != nil {
		return page, "", err
	}
	page = foundPage{Kind: ui.Text{"admin.found.invitation"}, Issued: timeCell(i.CreatedAt), Open: r.b.path("invitations")}
	page.secretState(unusable, i.ExpiresAt, r.b.Clock())
	return page, i.ID, nil
}

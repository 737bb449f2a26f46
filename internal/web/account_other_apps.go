package web

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// An ownApp is an application that has access to an account.
type ownApp struct {
	ID, Name string    // the client_id and the name
	Scopes   []string  // descriptions
	Since    time.Time // when the permission was given
	Open     string    // where the person can log in to the application, or ""
}

// listOthers adds the applications that have access without a consent to the first page
// of the list: with the password grant, as a service user, with a JWT of a trusted
// issuer, or because they skip the consent page. It reads the newest permissions of the
// person, at most maxListed.
func (h *Handler) listOthers(r *http.Request, o *owner, page *applicationsPage) error {
	const maxListed = 200
	if r.URL.Query().Get("after") != "" {
		return nil
	}
	families, _, err := h.Consents.Families(r.Context(), oauth.FamilyFilter{Subject: o.Subject, InSession: true}, paging.Page{Limit: maxListed})
	if err != nil {
		return err
	}
	consented := make(map[string]bool)
	for _, c := range page.Consents {
		consented[c.ID] = true
	}
	scopes, last := make(map[string]oauth.Scopes), make(map[string]oauth.FamilyRow)
	var ids []string
	for _, f := range families {
		if _, listed := last[f.ClientID]; !listed && !consented[f.ClientID] {
			ids = append(ids, f.ClientID)
		}
		scopes[f.ClientID], last[f.ClientID] = scopes[f.ClientID].With(f.Scope), f
	}
	say := h.Pages.LanguageOf(r)
	for _, id := range ids {
		if page.More != "" { // the consent can be on a later page
			found, err := h.consentOf(r.Context(), o.Subject, id)
			if err != nil {
				return err
			}
			if found {
				continue
			}
		}
		app := ownApp{ID: id, Name: cmp.Or(last[id].ClientName, id), Since: last[id].IssuedAt}
		for _, name := range scopes[id] {
			app.Scopes = append(app.Scopes, h.scopeText(say, name))
		}
		page.Others = append(page.Others, app)
	}
	return nil
}

// consentOf reports whether the person has given a client permission.
func (h *Handler) consentOf(ctx context.Context, subject, clientID string) (bool, error) {
	given, _, err := h.Consents.Consents(ctx, oauth.FamilyFilter{Subject: subject, ClientID: clientID}, paging.Page{Limit: 1})
	return len(given) > 0, err
}

package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// An ownApp is an application that has access to an account.
type ownApp struct {
	ID, Name string    // the client_id and the name
	Scopes   []string  // descriptions
	Since    time.Time // when the permission was given
	Open     string    // where the person can log in to the application, or ""
	// Until is when the access ends, if the person gave it for a limited time, or zero.
	Until time.Time
}

// listOthers adds the applications that have access without a consent to the first page
// of the list: with the password grant, as a service user, with a JWT of a trusted
// issuer, or because they skip the consent page. It reads the newest permissions of the
// person, at most maxListed.
func (h *Handler) listOthers(r *http.Request, o *owner, page *applicationsPage) error {
	const maxListed = 200
	families, _, err := h.Consents.Families(r.Context(), oauth.FamilyFilter{Subject: o.Subject, InSession: true}, paging.Page{Limit: maxListed})
	if err != nil {
		return err
	}
	say := h.Pages.LanguageOf(r)
	families = slices.DeleteFunc(families, func(f oauth.FamilyRow) bool { return f.Ended(h.Clock()) })
	page.Consents = h.addLimited(say, page.Consents, families)
	if r.URL.Query().Get("after") != "" {
		return nil
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

// addLimited adds to the applications of consents what the person allowed for a limited
// time, which is not part of the consent. An application that has neither a consent nor
// access any more is omitted.
func (h *Handler) addLimited(say *ui.Language, apps []ownApp, families []oauth.FamilyRow) []ownApp {
	for i := range apps {
		h.limited(say, &apps[i], families)
	}
	return slices.DeleteFunc(apps, func(app ownApp) bool { return len(app.Scopes) == 0 })
}

// limited adds the scopes of the families of an application to it. If all of them end, and
// the application has no consent, so does its access.
func (h *Handler) limited(say *ui.Language, app *ownApp, families []oauth.FamilyRow) {
	consented := len(app.Scopes) > 0
	unlimited := consented
	for _, f := range families {
		if f.ClientID != app.ID {
			continue
		}
		unlimited = unlimited || f.Details.Until.IsZero()
		if f.Details.Until.After(app.Until) {
			app.Until = f.Details.Until
		}
		if f.Details.Until.IsZero() && consented { // the consent has its scopes
			continue
		}
		for _, name := range f.Scope {
			if text := h.scopeText(say, name); !slices.Contains(app.Scopes, text) {
				app.Scopes = append(app.Scopes, text)
			}
		}
	}
	if unlimited {
		app.Until = time.Time{}
	}
}

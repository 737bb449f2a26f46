package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
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
	UsedAt   time.Time // when it last obtained a token, or zero if that is not known
	Address  string    // the network address of the request for that token, or ""
	Place    string    // roughly where Address is, or ""
	Agent    bool      // it decides by itself what it does
	Logo     string    // the address of an image on this server, or ""
	Host     string    // the host that gets its codes, so that two applications of one name differ, or ""
	Operator string    // the name of its operator, as an administrator entered it, or ""
	// Unverified is set if the application registered itself, or belongs to a person and nobody has
	// approved it: anybody can choose its name and logo.
	Unverified bool
	Open       string // where the person can log in to the application, its homepage, or ""
	// Until is when the access ends, if the person gave it for a limited time, or zero.
	Until time.Time
	jwts  time.Duration // for how long services can accept its tokens after a revocation
}

// listOthers adds the applications that have access without a consent to the first page
// of the list: with the password grant, as a service user, with a JWT of a trusted
// issuer, or because they skip the consent page. It reads the newest permissions of the
// person, at most maxListed.
func (h *Handler) listOthers(r *http.Request, o *owner, page *applicationsPage) error {
	const maxListed = 200
	families, _, err := h.Consents.Families(r.Context(), oauth.FamilyFilter{Subject: o.Subject, InSession: h.OAuth.OwnLogin}, paging.Page{Limit: maxListed})
	if err != nil {
		return err
	}
	say := h.Pages.LanguageOf(r)
	families = slices.DeleteFunc(families, func(f oauth.FamilyRow) bool { return f.Ended(h.Clock()) })
	page.Consents = h.addLimited(say, page.Consents, families)
	h.setUses(page.Consents, families)
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
		client, err := h.knownApp(r.Context(), id)
		if err == nil {
			h.identify(&app, client)
		} else if !errors.Is(err, oauth.ErrNotFound) {
			return err
		}
		for _, name := range scopes[id] {
			app.Scopes = append(app.Scopes, h.scopeText(say, name))
		}
		page.Others = append(page.Others, app)
	}
	h.setUses(page.Others, families)
	return nil
}

// usedAt returns when an application last obtained a token with a permission.
func usedAt(f oauth.FamilyRow) time.Time {
	if f.RotatedAt.After(f.IssuedAt) {
		return f.RotatedAt
	}
	return f.IssuedAt
}

// setUses sets when the applications last obtained a token, and from where. It needs no further
// read.
func (h *Handler) setUses(apps []ownApp, families []oauth.FamilyRow) {
	for i := range apps {
		app := &apps[i]
		for _, f := range families {
			if at := usedAt(f); f.ClientID == app.ID && at.After(app.UsedAt) {
				app.UsedAt, app.Address = at, f.Address
			}
		}
		app.Place = h.place(app.Address)
	}
}

// withdrawAll withdraws the access of all applications, after a question.
func (h *Handler) withdrawAll(w http.ResponseWriter, r *http.Request, o *owner, list string) error {
	ids, err := h.withAccess(r.Context(), o.Subject)
	if err != nil {
		return err
	}
	if !answered(r) && len(ids) > 0 {
		more, err := h.jwtsOf(r.Context(), ids...)
		if err != nil {
			return err
		}
		return h.askOwn(w, r, o, list, &ui.Question{
			Heading: ui.Text{"account.ask_withdraw_all"}, Text: ui.Text{"account.ask_withdraw_all_text"}, More: more, Button: ui.Text{"account.withdraw_all"}, Fields: url.Values{},
		})
	}
	for _, id := range ids {
		if err := h.withdraw(r, o.Subject, id); err != nil {
			return err
		}
	}
	return h.doneOwn(w, r, list, "withdrawn_all")
}

// withAccess returns the applications that have access to the account of a person, at most
// maxPersonRows of those with a consent and as many others.
func (h *Handler) withAccess(ctx context.Context, subject string) (ids []string, err error) {
	d, of := new(PersonData), oauth.FamilyFilter{Subject: subject}
	var consents, families []string
	err = errors.Join(
		collect(ctx, d, "", &consents, of, h.Consents.Consents, func(c oauth.ConsentRow) string { return c.ClientID }),
		collect(ctx, d, "", &families, oauth.FamilyFilter{Subject: subject, InSession: h.OAuth.OwnLogin}, h.Consents.Families, func(f oauth.FamilyRow) string { return f.ClientID }),
	)
	ids = append(consents, families...)
	slices.Sort(ids)
	return slices.Compact(ids), err
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

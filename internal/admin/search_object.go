package admin

import (
	"cmp"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// otherPages are the pages that the navigation does not have, with their titles.
var otherPages = []struct {
	path string
	icon string // a symbol of icons.svg
	name ui.Text
}{
	{"applications/deleted", "apps", ui.Text{"admin.title.deleted"}},
	{"requests", "token", ui.Text{"admin.title.requests"}},
	{"all-api-tokens", "token", ui.Text{"admin.title.all_api_tokens"}},
	{"attempts", "flow", ui.Text{"admin.title.attempts"}},
	{"scopes", "gear", ui.Text{"admin.title.scopes"}},
	{"resources", "gear", ui.Text{"admin.title.resources"}},
	{"exceptions", "shield", ui.Text{"admin.title.exceptions"}},
	{"trusted-issuers", "gear", ui.Text{"admin.title.issuers"}},
	{"webhooks", "gear", ui.Text{"admin.title.webhooks"}},
}

// foundObjects finds a part of the names of scopes, resources, keys, login providers, trusted
// issuers, webhooks and settings, of the newest invitations, and of deleted applications. The number
// of each is bounded.
func (b *office) foundObjects(r *request, text string) (searchGroup, error) {
	g := searchGroup{ID: "objects", Text: ui.Text{"admin.search.objects"}}
	if text == "" {
		return g, nil
	}
	for _, find := range []func(*request, string) ([]searchLink, error){b.foundDefinitions, b.foundKeys, b.foundProviders, b.foundInvitations, b.foundDeleted, b.foundSettings} {
		links, err := find(r, text)
		if err != nil {
			return g, err
		}
		g.Links = append(g.Links, links[:min(mostFound, len(links))]...)
	}
	return g, nil
}

// object returns a link to an object. The text has its kind and its name.
func object(text ui.Text, url, icon string) searchLink {
	return searchLink{Text: text, URL: url, Icon: icon}
}

// listOf returns the URL of a list that is searched for a name.
func (b *office) listOf(path, name string) string { return b.path(path) + "?" + valuesOf("q", name) }

func (b *office) foundDefinitions(r *request, text string) (links []searchLink, err error) {
	if !r.me.Roles.Allow(account.SettingsRead) {
		return nil, nil
	}
	all, err := b.Definitions(r.Context())
	if err != nil {
		return nil, err
	}
	for _, s := range allScopes(all) {
		if holds(text, s.Info.Name) && len(links) < mostFound/2 {
			links = append(links, object(ui.Text{"admin.search.scope", "name", ui.Isolate(s.Info.Name)}, b.listOf("scopes", s.Info.Name), "gear"))
		}
	}
	for _, d := range allResources(all) {
		if holds(text, d.Info.URI, d.Info.Name) {
			links = append(links, object(ui.Text{"admin.search.resource", "name", ui.Isolate(d.Info.URI)}, b.listOf("resources", d.Info.URI), "gear"))
		}
	}
	return links, nil
}

func (b *office) foundKeys(r *request, text string) (links []searchLink, err error) {
	if !r.me.Roles.Allow(account.KeysRead) {
		return nil, nil
	}
	keys, err := b.Keys.SigningKeys(r.Context())
	for _, k := range keys {
		if holds(text, k.ID, k.Alg) {
			links = append(links, object(ui.Text{"admin.search.key", "name", ui.Isolate(k.Alg + " " + k.ID[:min(8, len(k.ID))] + "…")}, b.path("keys"), "key"))
		}
	}
	return links, err
}

func (b *office) foundProviders(r *request, text string) (links []searchLink, err error) {
	if !b.OwnLogin || !r.me.Roles.Allow(account.ProvidersRead) {
		return nil, nil
	}
	all, err := b.Providers.Entries(r.Context())
	for _, e := range all {
		if holds(text, e.Name, e.Button()) {
			links = append(links, object(ui.Text{"admin.search.provider", "name", ui.Isolate(e.Name)}, b.path(providersPath, e.Name), "globe"))
		}
	}
	return links, err
}

// foundInvitations finds nothing if there are too many to search.
func (b *office) foundInvitations(r *request, text string) (links []searchLink, err error) {
	if !b.OwnLogin || !r.me.Roles.Allow(account.PeopleRead) {
		return nil, nil
	}
	if total, err := b.Store.CountInvitations(r.Context(), account.InvitationFilter{}); err != nil || total.More {
		return nil, err
	}
	found, _, err := b.Store.Invitations(r.Context(), account.InvitationFilter{Search: text}, paging.Page{Limit: mostFound})
	for _, i := range found {
		if name := cmp.Or(i.Email, i.Note); name != "" {
			links = append(links, object(ui.Text{"admin.search.invitation", "name", ui.Isolate(name)}, b.listOf("invitations", name), "mail"))
		}
	}
	return links, err
}

func (b *office) foundDeleted(r *request, text string) (links []searchLink, err error) {
	if !r.me.Roles.Allow(account.ApplicationsRead) {
		return nil, nil
	}
	deleted, err := b.Store.DeletedClients(r.Context(), b.Clock())
	for _, d := range deleted {
		if holds(text, d.Client.Name, d.Client.ID) {
			links = append(links, object(ui.Text{"admin.search.deleted", "name", ui.Isolate(cmp.Or(d.Client.Name, d.Client.ID))}, b.path("applications", "deleted"), "apps"))
		}
	}
	return links, err
}

// foundSettings also finds the trusted issuers and the webhooks, which are settings.
func (b *office) foundSettings(r *request, text string) (links []searchLink, err error) {
	if !r.me.Roles.Allow(account.SettingsRead) {
		return nil, nil
	}
	for _, t := range b.TrustedIssuers {
		if holds(text, t.Issuer) {
			links = append(links, object(ui.Text{"admin.search.issuer", "name", ui.Isolate(t.Issuer)}, b.listOf("trusted-issuers", t.Issuer), "gear"))
		}
	}
	for _, w := range b.Webhooks {
		if holds(text, w.Name) {
			links = append(links, object(ui.Text{"admin.search.webhook", "name", ui.Isolate(w.Name)}, b.listOf("webhooks", w.Name), "gear"))
		}
	}
	for _, s := range b.Settings() {
		if holds(text, s.Key) {
			links = append(links, object(ui.Text{"admin.search.setting", "name", ui.Isolate(s.Key)}, b.listOf("settings", s.Key), "gear"))
		}
	}
	return links, nil
}

// idLink returns the link to the session or the token with an ID.
func (b *office) idLink(r *request, id oauth.ID) (searchLink, error) {
	if b.OwnLogin {
		owner, err := b.ownerOf(r, id.String())
		if owner != "" || err != nil {
			return searchLink{Text: ui.Text{"admin.search.session", "id", tail(id)}, URL: b.path("sessions") + "?" + valuesOf("user", owner), Icon: "session"}, err
		}
	}
	return searchLink{Text: ui.Text{"admin.search.token", "id", tail(id)}, URL: b.path("tokens", "find") + "?id=" + id.String(), Icon: "token"}, nil
}

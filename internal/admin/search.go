package admin

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// A searchPage shows everything whose name begins with a text or contains it.
type searchPage struct {
	Query  string        // the text
	Groups []searchGroup // the results
}

// A searchGroup has the results of one kind.
type searchGroup struct {
	ID    string       // of the heading
	Text  ui.Text      // the kind
	Links []searchLink // the results
}

// A searchLink is a result.
type searchLink struct {
	Text     ui.Text // its name
	URL      string  // its page
	Icon     string  // a symbol of icons.svg
	Shortcut string  // the keys that open the page, or empty
}

// mostFound is how many results of one kind a search returns.
const mostFound = 6

// goKeys are the keys that open a section after the key g. They are the same in palette.js.
var goKeys = map[string]string{
	"applications": "a", "users": "u", "invitations": "i", "tokens": "t", "consents": "c", "sessions": "s", "registration": "r",
	providersPath: "l", "keys": "k", "problems": "e", "audit": "h",
}

// searchActions are the pages of actions.
var searchActions = []struct {
	needs account.Permission
	text  ui.Text
	icon  string
	path  []string
}{
	{account.ApplicationsTrust, ui.Text{"admin.common.add_application"}, "plus", []string{"applications", "add"}},
	{account.PeopleWrite, ui.Text{"admin.common.add_user"}, "plus", []string{"users", "add"}},
	{account.PeopleRoles, ui.Text{"admin.group.add"}, "plus", []string{"groups", "add"}},
	{account.ScopesWrite, ui.Text{"admin.definition.add_scope"}, "plus", []string{"scopes", "add"}},
	{account.ScopesWrite, ui.Text{"admin.definition.add_resource"}, "plus", []string{"resources", "add"}},
	{account.ProvidersWrite, ui.Text{"admin.title.add_provider"}, "plus", []string{providersPath, "add"}},
	{account.PeopleInvite, ui.Text{"admin.invitation.invite"}, "mail", []string{"invitations"}},
	{account.ErrorsRead, ui.Text{"admin.search.last_attempts"}, "flow", []string{"attempts"}},
	{account.TokensRead, ui.Text{"admin.search.find_token"}, "token", []string{"tokens"}},
	{account.KeysWrite, ui.Text{"admin.search.rotate_key"}, "key", []string{"keys"}},
	{account.RegistrationWrite, ui.Text{"admin.search.add_registration"}, "plus", []string{"registration"}},
	{account.TokensRevoke, ui.Text{"admin.search.revoke_tokens"}, "token", []string{"tokens"}},
	{account.TokensRevoke, ui.Text{"admin.search.end_sessions"}, "session", []string{"sessions"}},
	{account.TokensRevoke, ui.Text{"admin.search.withdraw_consent"}, "consent", []string{"consents"}},
	{account.ApplicationsWrite, ui.Text{"admin.search.disable_applications"}, "apps", []string{"applications"}},
	{account.PeopleWrite, ui.Text{"admin.search.disable_users"}, "people", []string{"users"}},
	{account.AuditExport, ui.Text{"admin.search.export_audit"}, "down", []string{"audit"}},
}

// hasToken reports whether a text looks as if it contained a token, which must not be in a URL.
func hasToken(text string) bool { return tokenInText.MatchString(text) }

var tokenInText = regexp.MustCompile(`(?:^|[^A-Za-z0-9_])(?:lk_|eyJ)`)

// search finds people, applications, pages and actions.
func (b *office) search(r *request) error {
	page := searchPage{Query: strings.TrimSpace(r.URL.Query().Get("q"))}
	for _, find := range []func(*request, string) (searchGroup, error){b.foundIDs, b.foundApplications, b.foundPeople, b.foundGroups, b.foundObjects, b.foundPages, b.foundActions} {
		group, err := find(r, page.Query)
		if err != nil {
			return err
		}
		if len(group.Links) > 0 {
			page.Groups = append(page.Groups, group)
		}
	}
	r.render(http.StatusOK, "search", ui.Text{"admin.search.title"}, "", page)
	return nil
}

// foundIDs finds tokens and rejected requests by their IDs.
func (b *office) foundIDs(r *request, text string) (searchGroup, error) {
	g := searchGroup{ID: "ids", Text: ui.Text{"admin.search.ids"}}
	if id, err := oauth.ParseID(text); err == nil && r.me.Roles.Allow(account.TokensRead) {
		link, err := b.idLink(r, id)
		if err != nil {
			return g, err
		}
		g.Links = append(g.Links, link)
	}
	if errorID.MatchString(text) && r.me.Roles.Allow(account.ErrorsRead) {
		g.Links = append(g.Links, searchLink{Text: ui.Text{"admin.search.error", "id", text}, URL: b.path("problems") + "?id=" + text, Icon: "flow"})
	}
	return g, nil
}

func (b *office) foundApplications(r *request, text string) (searchGroup, error) {
	g := searchGroup{ID: "applications", Text: ui.Text{"admin.common.applications"}}
	if text == "" || !r.me.Roles.Allow(account.ApplicationsRead) {
		return g, nil
	}
	clients, err := r.clientsNamed(text, mostFound)
	slices.SortStableFunc(clients, func(x, y *oauth.Client) int {
		return cmp.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name))
	})
	for _, c := range clients {
		g.Links = append(g.Links, searchLink{Text: ui.Plain(ui.Isolate(cmp.Or(c.Name, c.ID))), URL: b.path("applications", c.ID), Icon: "apps"})
	}
	if len(clients) == 1 {
		c := clients[0]
		if r.me.Roles.Allow(account.TokensRead) {
			g.Links = append(g.Links, searchLink{Text: ui.Text{"admin.search.tokens_of", "name", c.Name}, URL: b.path("tokens") + "?" + valuesOf("application", c.ID), Icon: "token"})
		}
		if r.me.Roles.Allow(account.ErrorsRead) {
			g.Links = append(g.Links, searchLink{Text: ui.Text{"admin.search.errors_of", "name", c.Name}, URL: b.path("problems") + "?" + valuesOf("application", c.ID), Icon: "flow"},
				searchLink{Text: ui.Text{"admin.search.attempts_of", "name", c.Name}, URL: b.path("attempts") + "?" + valuesOf("application", c.ID), Icon: "flow"})
		}
		g.Links = append(g.Links, b.actionsOn(r, c)...)
	}
	return g, err
}

func (b *office) foundPeople(r *request, text string) (searchGroup, error) {
	g := searchGroup{ID: "people", Text: ui.Text{"admin.common.users"}}
	if text == "" || !b.OwnLogin || !r.me.Roles.Allow(account.PeopleRead) {
		return g, nil
	}
	users, err := r.usersNamed(text, mostFound)
	for _, u := range users {
		g.Links = append(g.Links, searchLink{Text: ui.Plain(ui.Isolate(u.Username)), URL: b.path("users", u.ID), Icon: "people"})
	}
	if len(users) != 1 {
		return g, err
	}
	u := users[0]
	if r.me.Roles.Allow(account.TokensRead) {
		g.Links = append(g.Links,
			searchLink{Text: ui.Text{"admin.search.tokens_of", "name", u.Username}, URL: b.path("tokens") + "?" + valuesOf("user", u.ID), Icon: "token"},
			searchLink{Text: ui.Text{"admin.search.sessions_of", "name", u.Username}, URL: b.path("sessions") + "?" + valuesOf("user", u.ID), Icon: "session"})
	}
	if u.ID != r.me.ID && r.me.Roles.Allow(account.PeopleWrite) && (len(u.Roles()) == 0 || r.me.Roles.Allow(account.PeopleRoles)) {
		g.Links = append(g.Links,
			searchLink{Text: switchText(u.Disabled, u.Username), URL: b.path("users", u.ID) + "#switch", Icon: "people"},
			searchLink{Text: ui.Text{"admin.search.delete", "name", u.Username}, URL: b.path("users", u.ID, "delete"), Icon: "people"})
	}
	return g, err
}

// actionsOn returns links to what the person can do with an application.
func (b *office) actionsOn(r *request, c *oauth.Client) (links []searchLink) {
	page := b.path("applications", c.ID)
	for _, a := range []struct {
		needs    account.Permission
		possible bool
		text     ui.Text
		url      string
	}{
		{account.ApplicationsDescribe, true, ui.Text{"admin.search.edit", "name", c.Name}, b.path("applications", c.ID, "edit")},
		{account.ApplicationsSecrets, c.Type == oauth.Confidential, ui.Text{"admin.search.rotate_secret", "name", c.Name}, page + "#secrets"},
		{account.ApplicationsWrite, true, switchText(c.Disabled, c.Name), page + "#switch"},
		{account.ApplicationsDelete, true, ui.Text{"admin.search.delete", "name", c.Name}, b.path("applications", c.ID, "delete")},
	} {
		if a.possible && r.me.Roles.Allow(a.needs) {
			links = append(links, searchLink{Text: a.text, URL: a.url, Icon: "apps"})
		}
	}
	return links
}

// switchText returns the name of the action that disables or enables an application or a person.
func switchText(disabled bool, name string) ui.Text {
	if disabled {
		return ui.Text{"admin.search.enable", "name", name}
	}
	return ui.Text{"admin.search.disable", "name", name}
}

func (b *office) foundGroups(r *request, text string) (searchGroup, error) {
	g := searchGroup{ID: "groups", Text: ui.Text{"admin.section.groups"}}
	if text == "" || !b.OwnLogin || !r.me.Roles.Allow(account.PeopleRead) {
		return g, nil
	}
	groups, _, err := b.Store.Groups(r.Context(), account.GroupFilter{Search: text}, paging.Page{Limit: mostFound})
	for _, found := range groups {
		g.Links = append(g.Links, searchLink{Text: ui.Plain(ui.Isolate(found.Name)), URL: b.path("groups", found.ID), Icon: "people"})
	}
	return g, err
}

// foundPages finds the sections and the other pages by a part of their English names.
func (b *office) foundPages(r *request, text string) (searchGroup, error) {
	g := searchGroup{ID: "pages", Text: ui.Text{"admin.search.pages"}}
	for _, s := range sections {
		if hostsOwn(s.path) && !b.OwnLogin || !r.me.Roles.Allow(s.permission) || !contains(s.name, text) && (s.path != "home" || !contains(ui.Text{"admin.title.back_office"}, text)) {
			continue
		}
		keys := ""
		if key := goKeys[s.path]; key != "" {
			keys = "g " + key
		}
		g.Links = append(g.Links, searchLink{s.name, b.sectionURL(s.path), s.icon, keys})
	}
	if text == "" { // the navigation has the sections
		return g, nil
	}
	routes := b.handlers()
	for _, p := range otherPages {
		if (!hostsOwn(p.path) || b.OwnLogin) && r.me.Roles.Allow(routes["GET /"+p.path+"/{$}"].permission) && contains(p.name, text) {
			g.Links = append(g.Links, searchLink{Text: p.name, URL: b.Prefix + p.path + "/", Icon: p.icon})
		}
	}
	return g, nil
}

func (b *office) foundActions(r *request, text string) (searchGroup, error) {
	g := searchGroup{ID: "actions", Text: ui.Text{"admin.search.actions"}}
	for _, a := range searchActions {
		if (!hostsOwn(a.path[0]) || b.OwnLogin) && r.me.Roles.Allow(a.needs) && contains(a.text, text) {
			g.Links = append(g.Links, searchLink{Text: a.text, URL: b.path(a.path...), Icon: a.icon})
		}
	}
	return g, nil
}

func contains(t ui.Text, part string) bool {
	return strings.Contains(strings.ToLower(t.String()), strings.ToLower(part))
}

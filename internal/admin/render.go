package admin

import (
	"net/http"
	"net/url"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// sections are the links of the navigation.
var sections = []struct {
	path string
	icon string // a symbol of icons.svg
	name ui.Text
	// permission is that of the first page of the section.
	permission account.Permission
}{
	{"home", "home", ui.Text{"admin.section.home"}, account.OverviewRead},
	{"applications", "apps", ui.Text{"admin.section.applications"}, account.ApplicationsRead},
	{"users", "people", ui.Text{"admin.section.users"}, account.PeopleRead},
	{"groups", "people", ui.Text{"admin.section.groups"}, account.PeopleRead},
	{"invitations", "mail", ui.Text{"admin.section.invitations"}, account.PeopleRead},
	{"tokens", "token", ui.Text{"admin.section.tokens"}, account.TokensRead},
	{"consents", "consent", ui.Text{"admin.section.consents"}, account.TokensRead},
	{"sessions", "session", ui.Text{"admin.section.sessions"}, account.TokensRead},
	{"registration", "plus", ui.Text{"admin.section.registration"}, account.RegistrationRead},
	{"api-tokens", "token", ui.Text{"admin.section.api_tokens"}, account.OverviewRead},
	{providersPath, "globe", ui.Text{"admin.section.providers"}, account.ProvidersRead},
	{"keys", "key", ui.Text{"admin.section.keys"}, account.KeysRead},
	{"posture", "shield", ui.Text{"admin.section.posture"}, account.PostureRead},
	{"settings", "gear", ui.Text{"admin.section.settings"}, account.SettingsRead},
	{"problems", "flow", ui.Text{"admin.section.problems"}, account.ErrorsRead},
	{"audit", "audit", ui.Text{"admin.section.audit"}, account.AuditRead},
}

// hostsOwn reports whether a section does not exist if the people are those of the
// host program.
func hostsOwn(section string) bool {
	return section == "users" || section == "groups" || section == "invitations" || section == "sessions" || section == "api-tokens" || section == "all-api-tokens" || section == providersPath
}

// sectionURL returns the address of a section. The start page has no path of its own.
func (b *office) sectionURL(section string) string {
	if section == "home" {
		return b.Prefix
	}
	return b.path(section)
}

// render shows a page of a section.
func (r *request) render(status int, page string, title ui.Text, section string, data any) {
	if err := r.show(status, page, title, section, data); err != nil {
		r.fail(err)
	}
}

func (r *request) show(status int, page string, title ui.Text, section string, data any) error {
	view := ui.View{Title: title, IsolateFromOpener: true, Data: data}
	if r.me != nil {
		view.User, view.AccountURL = r.me.Name, r.b.AccountURL
	}
	if r.me != nil && r.b.LogoutURL != "" {
		view.LogoutURL = r.b.LogoutURL + "?next=" + url.QueryEscape(r.b.Prefix)
	}
	if r.me != nil {
		view.May = r.me.may
		if r.me.Roles.Allow(account.OverviewRead) {
			view.Search, view.Scripts = ui.Link{Text: ui.Text{"admin.common.search"}, URL: r.b.path("search")}, []string{"palette.js"}
		}
		for _, s := range sections {
			if hostsOwn(s.path) && !r.b.OwnLogin || !r.me.Roles.Allow(s.permission) {
				continue
			}
			view.Nav = append(view.Nav, ui.Link{Icon: s.icon, Text: s.name, URL: r.b.sectionURL(s.path), Active: s.path == section})
		}
	}
	text := notes[r.URL.Query().Get("note")]
	if text == nil {
		text = outcomeOf(r.URL.Query().Get("note"))
	}
	if text != nil && r.Method == http.MethodGet {
		view.Message = &ui.Message{Kind: "ok", Text: text}
		if note := r.URL.Query().Get("note"); note == nothingSelected || note == pasteHere || note == changedMeanwhile {
			view.Message.Kind = "error"
		}
	}
	return r.b.Pages.Render(r.w, r.Request, status, page, view)
}

// nothingSelected is the key of the note that no rows were selected for an action.
const nothingSelected = "nothing"

// pasteHere is the key of the note that a token must not be in a URL.
const pasteHere = "paste"

// changedMeanwhile is the key of the note that an application was not enabled.
const changedMeanwhile = "not_enabled"

// notes are the messages that a page can show after an action. The URL has only
// the key, so that a link cannot make a page show another text.
var notes = map[string]ui.Text{
	"created":                    {"admin.note.created"},
	"saved":                      {"admin.note.saved"},
	"rights":                     {"admin.note.rights"},
	"deleted":                    {"admin.note.deleted"},
	"restored":                   {"admin.note.restored"},
	changedMeanwhile:             {"admin.note.not_enabled"},
	"enabled":                    {"admin.note.enabled"},
	"disabled":                   {"admin.note.disabled"},
	"paused":                     {"admin.note.paused"},
	"user-enabled":               {"admin.note.user_enabled"},
	"user-disabled":              {"admin.note.user_disabled"},
	"revoked":                    {"admin.note.revoked"},
	"ended":                      {"admin.note.ended"},
	"factors":                    {"admin.note.factors"},
	"secret-revoked":             {"admin.note.secret_revoked"},
	"registration-token-revoked": {"admin.note.registration_token_revoked"},
	"password":                   {"admin.note.password"},
	"rotated":                    {"admin.note.rotated"},
	"app-approved":               {"admin.note.app_approved"},
	"app-rejected":               {"admin.note.app_rejected"},
	"registration-revoked":       {"admin.note.registration_revoked"},
	"api-token-revoked":          {"admin.note.api_token_revoked"},
	"retired":                    {"admin.note.retired"},
	"invitation-withdrawn":       {"admin.note.invitation_withdrawn"},
	"invitation-sent":            {"admin.note.invitation_sent"},
	"invitation-used":            {"admin.note.invitation_used"},
	"invitation-expired":         {"admin.note.invitation_expired"},
	"invitation-waiting":         {"admin.note.invitation_waiting"},
	"group-added":                {"admin.note.group_added"},
	"definition-added":           {"admin.note.definition_added"},
	"definition-deleted":         {"admin.note.definition_deleted"},
	"group-deleted":              {"admin.note.group_deleted"},
	"members-added":              {"admin.note.members_added"},
	"user-deleted":               {"admin.note.user_deleted"},
	"user-kept":                  {"admin.note.user_kept"},
	"provider-added":             {"admin.note.provider_added"},
	"provider-removed":           {"admin.note.provider_removed"},
	"provider-disabled":          {"admin.note.provider_disabled"},
	"provider-enabled":           {"admin.note.provider_enabled"},
	nothingSelected:              {"admin.note.nothing"},
	pasteHere:                    {"admin.note.paste"},
}

package admin

import (
	"net/http"
	"net/url"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// sections are the links of the navigation.
var sections = []struct{ path, name string }{
	{"applications", "Applications"}, {"users", "Users"}, {"tokens", "Tokens"}, {"consents", "Consents"}, {"sessions", "Sessions"}, {"registration", "Registration"}, {"keys", "Keys"}, {"problems", "Errors"},
}

// hostsOwn reports whether a section does not exist if the people are those of the
// host program.
func hostsOwn(section string) bool { return section == "users" || section == "sessions" }

// render shows a page of a section.
func (r *request) render(status int, page, title, section string, data any) {
	if err := r.show(status, page, ui.Plain(title), section, data); err != nil {
		r.fail(err)
	}
}

func (r *request) show(status int, page string, title ui.Text, section string, data any) error {
	view := ui.View{Title: title, IsolateFromOpener: true, Data: data}
	if r.me != nil {
		view.User = r.me.Name
	}
	if r.me != nil && r.b.LogoutURL != "" {
		view.LogoutURL = r.b.LogoutURL + "?next=" + url.QueryEscape(r.b.Prefix)
	}
	if r.me != nil && r.me.Admin {
		for _, s := range sections {
			if hostsOwn(s.path) && !r.b.OwnLogin {
				continue
			}
			view.Nav = append(view.Nav, ui.Link{Text: ui.Plain(s.name), URL: r.b.path(s.path), Active: s.path == section})
		}
	}
	if text := notes[r.URL.Query().Get("note")]; text != "" && r.Method == http.MethodGet {
		view.Message = &ui.Message{Kind: "ok", Text: ui.Plain(text)}
		if r.URL.Query().Get("note") == nothingSelected {
			view.Message.Kind = "error"
		}
	}
	return r.b.Pages.Render(r.w, r.Request, status, page, view)
}

// nothingSelected is the key of the note that no rows were selected for an action.
const nothingSelected = "nothing"

// notes are the messages that a page can show after an action. The URL has only
// the key, so that a link cannot make a page show another text.
var notes = map[string]string{
	"created":              "The user has been added.",
	"saved":                "Your changes have been saved.",
	"rights":               "The rights have been changed. The other fields were changed by another person in the meantime, so your changes to them were not saved.",
	"deleted":              "The application has been deleted, with its tokens and consents.",
	"enabled":              "The application is enabled.",
	"disabled":             "The application is disabled, and its tokens have been revoked.",
	"paused":               "The application is disabled. Its tokens do not work until you enable it again.",
	"user-enabled":         "The user is enabled.",
	"user-disabled":        "The user is disabled.",
	"revoked":              "The access tokens and their refresh tokens have been revoked.",
	"withdrawn":            "The consents have been withdrawn.",
	"ended":                "The sessions have ended.",
	"secret-revoked":       "The secret has been revoked.",
	"password":             "The password has been changed. All sessions of this user have ended, and their tokens have been revoked.",
	"rotated":              "The new key is published. It replaces the current key after one hour, so that all applications can fetch it first.",
	"registration-revoked": "The initial access token has been revoked.",
	"retired":              "The key is no longer used for signing.",
	nothingSelected:        "You have not selected anything, so nothing has been changed.",
}

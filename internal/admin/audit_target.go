package admin

import (
	"net/url"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A targetPage is where the back office shows the objects of a kind.
type targetPage struct {
	permission account.Permission
	// url returns the address of an object. Deleted is set if each object has a page, which does not
	// exist after the object was deleted.
	url     func(b *office, id string) string
	deleted bool // see url
}

// targetPages are the pages of targets, by the words that name them in the kinds of acts, both in
// the back office and on the command line. People and applications have links of their own.
var targetPages = map[string]targetPage{
	"groups":          {account.PeopleRead, func(b *office, id string) string { return b.path("groups", id) }, true},
	"login-providers": {account.ProvidersRead, func(b *office, id string) string { return b.path("login-providers", id) }, true},
	"keys":            {account.KeysRead, func(b *office, _ string) string { return b.path("keys") }, false},
	"scopes":          {account.SettingsRead, searched("scopes"), false},
	"resources":       {account.SettingsRead, searched("resources"), false},
}

// searched returns the address of a list that is searched for an object.
func searched(list string) func(*office, string) string {
	return func(b *office, id string) string { return b.path(list) + "?" + url.Values{"q": {id}}.Encode() }
}

// targetURL returns the address of the target of a record, or "" if it has no page that the person
// can open. The kind of an act is a path such as groups/{id}/edit, or a command such as latchkey
// group edit.
func (r *request) targetURL(record *audit.Record) string {
	login := record.Event == oauth.EventLogin
	if record.Target == "" || record.Failed() && !login {
		return ""
	}
	words := strings.FieldsFunc(record.Kind, func(c rune) bool { return c == '/' || c == ' ' })
	if record.Event == oauth.EventKeyRotation {
		words = []string{"keys"}
	}
	if login {
		words = []string{"login-providers"}
	}
	var page targetPage
	gone := false
	for _, word := range words {
		for _, name := range []string{word, word + "s"} {
			if found, known := targetPages[name]; known && page.url == nil {
				page = found
			}
		}
		gone = gone || word == "delete" || word == "remove"
	}
	if page.url == nil || gone && page.deleted || !r.me.Roles.Allow(page.permission) {
		return ""
	}
	return page.url(r.b, record.Target)
}

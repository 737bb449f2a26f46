package main

import (
	"cmp"
	"html"
	"io/fs"
	"strings"
	"testing/fstest"

	"github.com/seed-e6a88a41/latchkey/account"
)

// mockPages returns a login page on which people log in with one click. Its form fields
// have the same names as those of the built-in page, so that scripts work with both.
func mockPages(users []account.ImportedUser) fs.FS {
	var page strings.Builder
	page.WriteString(`{{define "content"}}{{with .Data}}<div class="card">
<h1>Log in</h1>
{{if .Reauth}}<p>Confirm that you are <strong><bdi>{{.Reauth}}</bdi></strong>.</p>{{else if .App.Name}}<p>to continue to <strong><bdi>{{.App.Name}}</bdi></strong></p>{{end}}
<p class="message warn">This is a mock for tests. Click a user to log in.</p>
{{if .Error}}<p class="message error" role="alert">{{text .Error}}</p>{{end}}
`)
	for _, user := range users {
		page.WriteString(`<form method="post"><input type="hidden" name="next" value="{{.Next}}"><input type="hidden" name="username" value="` + literal(user.Username) +
			`"><input type="hidden" name="password" value="` + literal(mockPassword) + `"><div class="actions"><button class="primary"><bdi>` + literal(cmp.Or(user.Name, user.Username)) + "</bdi></button></div></form>\n")
	}
	page.WriteString("</div>{{end}}{{end}}\n")
	return fstest.MapFS{"web/login.html": {Data: []byte(page.String())}}
}

// literal returns a text for a template that is shown unchanged.
func literal(text string) string {
	return strings.ReplaceAll(html.EscapeString(text), "{{", `{{"{{"}}`)
}
